const SHOWN = 20;

/** Lines that tell which samples were left out and why: the first ones, and how many more there are. */
export function leftOut(refused: readonly { readonly code: string; readonly message: string }[]): string[] {
  const lines = refused.slice(0, SHOWN).map(({ code, message }) => `left out: ${code}: ${message}`);
  return refused.length > SHOWN ? [...lines, `… and ${refused.length - SHOWN} more.`] : lines;
}
