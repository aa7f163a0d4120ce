/** Flat indices of golden samples: bits of the key "sample" modulo the number of elements. */
export function sampleIndices(size: number, count: number): number[] {
  let seed = 0x811c9dc5;
  for (const byte of Buffer.from('sample')) seed = Math.imul(seed ^ byte, 0x01000193) >>> 0;
  return Array.from({ length: count }, (_, i) => {
    let x = (seed + Math.imul(i, 0x9e3779b9)) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b) >>> 0;
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35) >>> 0;
    return ((x ^ (x >>> 16)) >>> 0) % size;
  });
}
