/**
 * Compares strings by Unicode code point (not by UTF-16 unit, not by locale): the order of their UTF-8 bytes, the same
 * on every machine. For `Array.prototype.sort`.
 */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const difference = rank(a.charCodeAt(index)) - rank(b.charCodeAt(index));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/**
 * Compares slash-separated paths folder by folder, so that `a/x` comes before `a-b/x`; within a name by code point.
 */
export function comparePaths(a: string, b: string): number {
  return compareCodePoints(a.replaceAll('/', '\0'), b.replaceAll('/', '\0'));
}

/** Surrogates stand for code points above U+FFFF, so they must come after U+E000..U+FFFF. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
