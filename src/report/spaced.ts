/** A whole number in groups of three with thin spaces between them, whatever the reader's locale. */
export function spaced(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}
