// The tables that kernels/inflate.as.ts decodes by, made from the code lengths of a block.
// @ts-nocheck: AssemblyScript, not TypeScript

// Where things lie; src/io/inflate/inflater.ts puts its input behind them.
export const STATE: usize = 4096;
export const LENGTHS: usize = STATE + 64; // code lengths of a block
const COUNTS: usize = STATE + 384; // how many codes of each length
const PLACES: usize = COUNTS + 64; // where they are among the sorted; then the codes of short lengths
const SORTED: usize = PLACES + 64; // symbols by the lengths of their codes
export const CODES: usize = STATE + 1280; // literals and lengths: 2^11 entries and at most 144 times 2^4
export const DISTANCES: usize = CODES + 4 * 4352; // 2^8 entries and at most 15 times 2^7
const FAR: usize = DISTANCES + 4 * 2176; // what each of the first 2^8 of them puts into FUSED
export const FUSED: usize = FAR + 8 * 256; // 2^11 entries of 8 bytes

export const CODE_BITS: u32 = 11;
export const DISTANCE_BITS: u32 = 8;

// Entries: bits 0-5 how many bits to drop, 8-11 how many of them are the code, 16-30 value or base; and flags.
export const LITERAL: u32 = 0x80000000;
export const SUBTABLE: u32 = 0x4000; // the value is the subtable's first entry, bits 8-11 how many bits it takes
export const STOP: u32 = 0x2000; // end of block, or, with a value or among distances, no code

// Entries of FUSED are for all that one look can tell: up to four literals, or a length together with its distance. Byte
// 0 how many bits to drop, 2 how many bytes come out, 3 flags. Literals are bytes 4 to 7. Of a distance byte 1 tells where
// in the buffer its extra bits begin, bytes 4 and 5 are a mask of those, 6 and 7 the base.
export const MATCH: u32 = 1 << 24;
export const SLOW: u32 = 1 << 25; // something else: CODES tells; no bits and no bytes
/** Bits of the buffer before the first: so that an index into FUSED, times 8, is a mask away. */
export const AHEAD: u32 = 3;
/** Symbols of lengths from 3 to 8 bytes, which stand for no extra bits. */
const SHORT: u32 = 6;

const LENGTH_BASE: StaticArray<u16> = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const LENGTH_EXTRA: StaticArray<u8> = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];

/** What an entry says of a symbol besides the length of its code; kind 0 code lengths, 1 literals and lengths, 2 distances. */
@inline function meaning(kind: i32, symbol: i32, length: u32): u32 {
  if (kind == 0) return (<u32>symbol << 16) | length;
  if (kind == 1) {
    if (symbol < 256) return LITERAL | (<u32>symbol << 16) | length;
    if (symbol == 256) return STOP | length;
    if (symbol > 285) return STOP | (1 << 16) | length;
    const extra = <u32>unchecked(LENGTH_EXTRA[symbol - 257]);
    return (<u32>unchecked(LENGTH_BASE[symbol - 257]) << 16) | (length << 8) | (length + extra);
  }
  if (symbol > 29) return STOP | length;
  const extra = symbol < 2 ? 0 : <u32>(symbol >> 1) - 1;
  const base = symbol < 2 ? symbol + 1 : ((2 + (symbol & 1)) << extra) + 1;
  return (<u32>base << 16) | (length << 8) | (length + extra);
}

/** The bits of a code, of which the first comes highest, as they are read: the first lowest. */
@inline function reversed(code: u32, length: u32): u32 {
  let r = ((code & 0x5555) << 1) | ((code >> 1) & 0x5555);
  r = ((r & 0x3333) << 2) | ((r >> 2) & 0x3333);
  r = ((r & 0x0f0f) << 4) | ((r >> 4) & 0x0f0f);
  return (((r & 0xff) << 8) | (r >> 8)) >> (16 - length);
}

/** Fills a table from code lengths; false where they are not those of a whole code (or, of distances, a single one). */
export function build(lengths: usize, symbols: i32, table: usize, bits: u32, kind: i32): bool {
  memory.fill(COUNTS, 0, 64);
  for (let s = 0; s < symbols; s++) {
    const at = COUNTS + (<usize>load<u8>(lengths + s) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  let left: i32 = 1, most: u32 = 0, place: u32 = 0;
  for (let length: u32 = 1; length < 16; length++) {
    const count = load<u32>(COUNTS + (length << 2));
    left = (left << 1) - <i32>count;
    if (left < 0) return false;
    if (count) most = length;
    store<u32>(PLACES + (length << 2), place);
    place += count;
  }
  if (left > 0 && (kind != 2 || place > 1 || most > 1)) return false;
  for (let s = 0; s < symbols; s++) {
    const length = <u32>load<u8>(lengths + s), at = PLACES + (length << 2);
    if (!length) continue;
    place = load<u32>(at);
    store<u32>(at, place + 1);
    store<u16>(SORTED + (place << 1), <u16>s);
  }
  const size: u32 = 1 << bits, deeper: u32 = most > bits ? most - bits : 0;
  const last = max(most, bits);
  let code: u32 = 0, free = size, next = SORTED;
  // The table for one bit, which is doubled for each more. Entries of no code yet are 0, or for ever `STOP | 1`.
  store<u64>(table, left > 0 ? <u64>(STOP | 1) * 0x100000001 : 0);
  if (kind == 1) {
    store<u64>(FUSED, SLOW);
    store<u64>(FUSED, SLOW, 8);
  }
  for (let length: u32 = 1; length <= last; length++, code <<= 1) {
    if (length > 1 && length <= bits) {
      memory.copy(table + (2 << length), table, 2 << length);
      if (kind == 1) memory.copy(FUSED + (4 << length), FUSED, 4 << length);
    }
    for (let count = load<u32>(COUNTS + (length << 2)); count; count--, code++, next += 2) {
      const symbol = <i32>load<u16>(next), r = reversed(code, length), entry = meaning(kind, symbol, length);
      if (length <= bits) {
        store<u32>(table + (r << 2), entry);
        if (entry & LITERAL) store<u64>(r << 3, (<u64>symbol << 32) | <u64>((1 << 16) | length), FUSED);
        if (kind == 1 && symbol > 256 && symbol < 257 + SHORT) store<u32>(PLACES + ((symbol - 257) << 2), r);
        continue;
      }
      const root = table + ((r & (size - 1)) << 2);
      let sub = load<u32>(root) >> 16;
      if (!sub) {
        sub = free;
        free += 1 << deeper;
        store<u32>(root, (sub << 16) | SUBTABLE | (deeper << 8) | bits);
      }
      for (let i = r >> bits; i < <u32>(1 << deeper); i += 1 << (length - bits)) store<u32>(table + ((sub + i) << 2), entry);
    }
  }
  return true;
}

/** Puts lengths with their distances into FUSED, after both tables were built. */
export function fuse(symbols: u32): void {
  for (let j: u32 = 0; j < 1 << DISTANCE_BITS; j++) {
    const d = load<u32>(DISTANCES + (j << 2)), base = d >> 16, code = (d >> 8) & 15, all = d & 63;
    // A fused copy is one of 8 bytes, which must not overlap itself.
    const fits = !(d & (SUBTABLE | STOP)) && base > SHORT + 1;
    const value = (<u64>base << 48) | (<u64>((1 << (all - code)) - 1) << 32) | <u64>(MATCH | ((code + AHEAD) << 8) | all);
    store<u64>(j << 3, fits ? value : <u64>(CODE_BITS + AHEAD) << 8, FAR);
  }
  for (let symbol: u32 = 0; symbol < min(SHORT, symbols - 257); symbol++) {
    const length = <u32>load<u8>(LENGTHS + 257 + symbol);
    if (!length || length > CODE_BITS) continue;
    const more = <u64>(((symbol + 3) << 16) | (length << 8) | length);
    let r = load<u32>(PLACES + (symbol << 2));
    for (let j: u32 = 0; r < 1 << CODE_BITS; r += 1 << length, j++) {
      const sum = load<u64>((j & 255) << 3, FAR) + more;
      store<u64>(r << 3, select<u64>(sum, SLOW, ((<u32>sum >> 8) & 255) <= CODE_BITS + AHEAD), FUSED);
    }
  }
}
