// Raw DEFLATE (RFC 1951) from one stretch of memory to another, in as many calls as there are pieces; see
// src/io/inflate/inflater.ts. Compiled by scripts/build-simd.mjs into src/io/inflate/inflate-module.ts.
// @ts-nocheck: AssemblyScript, not TypeScript

// What lasts between calls (offsets from `state`).
const NEXT: usize = 0; // next byte to load
const TO: usize = 4; // next byte to write
const BUFFER: usize = 8; // bits loaded and not used, lowest first
const HAVE: usize = 16; // how many
const MODE: usize = 20; // what comes next
const STORED: usize = 24; // bytes left of a stored block
const LAST: usize = 28; // whether this is the last block
const LENGTHS: usize = 64; // code lengths of a block
const WORK: usize = 384; // counts, then next codes, of each length
const CODES: usize = 1024; // table of literals and lengths: 2^11 entries and at most 144 times 2^4
const DISTANCES: usize = CODES + 4 * 4352; // table of distances: 2^8 entries and at most 15 times 2^7

const HEADER = 0, COPY = 1, SYMBOLS = 2, END = 3;

const CODE_BITS: u32 = 11;
const DISTANCE_BITS: u32 = 8;

// Entries: bits 0-5 how many bits to drop, 8-11 how many of them are the code, 16-30 value or base; and flags.
const LITERAL: u32 = 0x80000000;
const SUBTABLE: u32 = 0x4000; // the value is the subtable's first entry, bits 8-11 how many bits it takes
const STOP: u32 = 0x2000; // end of block, or, with a value or among distances, no code

const LENGTH_BASE: StaticArray<u16> = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const LENGTH_EXTRA: StaticArray<u8> = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const ORDER: StaticArray<u8> = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

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

/** Fills a table from code lengths; false where they are not those of a whole code (or, of distances, a single one). */
function build(lengths: usize, symbols: i32, table: usize, bits: u32, kind: i32, work: usize): bool {
  memory.fill(work, 0, 128);
  for (let s = 0; s < symbols; s++) {
    const at = work + (<usize>load<u8>(lengths + s) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  store<u32>(work, 0);
  let code: u32 = 0, left: i32 = 1, used: u32 = 0, most: u32 = 0;
  for (let length: u32 = 1; length < 16; length++) {
    const count = load<u32>(work + (length << 2));
    code = (code + load<u32>(work + ((length - 1) << 2))) << 1;
    store<u32>(work + 64 + (length << 2), code);
    left = (left << 1) - <i32>count;
    if (left < 0) return false;
    used += count;
    if (count) most = length;
  }
  if (left > 0 && (kind != 2 || used > 1 || most > 1)) return false;
  const size: u32 = 1 << bits;
  if (left > 0) for (let i: u32 = 0; i < size; i++) store<u32>(table + (i << 2), STOP | 1);
  const deeper: u32 = most > bits ? most - bits : 0;
  if (deeper) for (let i: u32 = 0; i < size; i++) store<u32>(table + (i << 2), 0);
  let free = size;
  for (let s = 0; s < symbols; s++) {
    const length = <u32>load<u8>(lengths + s);
    if (!length) continue;
    const at = work + 64 + (length << 2);
    code = load<u32>(at);
    store<u32>(at, code + 1);
    // the code's bits come highest first but are read lowest first
    let r = ((code & 0x5555) << 1) | ((code >> 1) & 0x5555);
    r = ((r & 0x3333) << 2) | ((r >> 2) & 0x3333);
    r = ((r & 0x0f0f) << 4) | ((r >> 4) & 0x0f0f);
    r = (((r & 0xff) << 8) | (r >> 8)) >> (16 - length);
    const entry = meaning(kind, s, length);
    if (length <= bits) {
      for (; r < size; r += 1 << length) store<u32>(table + (r << 2), entry);
      continue;
    }
    const root = table + ((r & (size - 1)) << 2);
    let sub = load<u32>(root) >> 16;
    if (!sub) {
      sub = free;
      free += 1 << deeper;
      store<u32>(root, (sub << 16) | SUBTABLE | (deeper << 8) | bits);
    }
    for (r >>= bits; r < <u32>(1 << deeper); r += 1 << (length - bits)) store<u32>(table + ((sub + r) << 2), entry);
  }
  return true;
}

let next: usize = 0, buffer: u64 = 0, have: u32 = 0;

@inline function refill(): void {
  buffer |= load<u64>(next) << have;
  next += (63 - have) >> 3;
  have |= 56;
}

@inline function take(count: u32): u32 {
  const value = <u32>(buffer & ((<u64>1 << count) - 1));
  buffer >>= count;
  have -= count;
  return value;
}

/** Reads the codes of a block of kind 1 (fixed) or 2. */
function codes(state: usize, kind: u32): bool {
  const lengths = state + LENGTHS, work = state + WORK;
  let symbols = 288, distances = 32;
  if (kind == 1) {
    memory.fill(lengths, 8, 144);
    memory.fill(lengths + 144, 9, 112);
    memory.fill(lengths + 256, 7, 24);
    memory.fill(lengths + 280, 8, 8);
    memory.fill(lengths + 288, 5, 32);
  } else {
    refill();
    symbols = take(5) + 257;
    distances = take(5) + 1;
    const count = take(4) + 4;
    if (symbols > 286 || distances > 30) return false;
    memory.fill(lengths, 0, 19);
    for (let i: u32 = 0; i < count; i++) {
      refill();
      store<u8>(lengths + unchecked(ORDER[i]), take(3));
    }
    if (!build(lengths, 19, state + CODES, 7, 0, work)) return false;
    const all = symbols + distances;
    let last = 0;
    for (let i = 0; i < all;) {
      refill();
      const entry = load<u32>(state + CODES + (<usize>(buffer & 127) << 2)), symbol = entry >> 16;
      take(entry & 63);
      let repeat: u32 = 1;
      if (symbol < 16) last = symbol;
      else if (symbol == 16) {
        if (i == 0) return false;
        repeat = 3 + take(2);
      } else {
        last = 0;
        repeat = symbol == 17 ? 3 + take(3) : 11 + take(7);
      }
      if (i + <i32>repeat > all) return false;
      for (; repeat; repeat--) store<u8>(lengths + i++, <u8>last);
    }
    if (!load<u8>(lengths + 256)) return false;
  }
  return build(lengths + symbols, distances, state + DISTANCES, DISTANCE_BITS, 2, work) && build(lengths, symbols, state + CODES, CODE_BITS, 1, work);
}

/** Copies `length` bytes from `distance` before `to`; may write up to 15 bytes beyond. */
@inline function copy(to: usize, distance: u32, length: u32): void {
  let from = to - distance;
  const end = to + length;
  if (distance >= 8) {
    do {
      store<u64>(to, load<u64>(from));
      to += 8;
      from += 8;
    } while (to < end);
  } else if (distance == 1) {
    const value = <u64>load<u8>(from) * 0x0101010101010101;
    for (; to < end; to += 8) store<u64>(to, value);
  } else if (distance == 2) {
    const value = <u64>load<u16>(from) * 0x0001000100010001;
    for (; to < end; to += 8) store<u64>(to, value);
  } else {
    for (; to < end; to++, from++) store<u8>(to, load<u8>(from));
  }
}

/**
 * Goes on until what is written reaches or passes `limit`, the input that is left is little (`available` is the last byte
 * from which a block's header can be there), or the stream ends. Copies from no earlier than `start`. Reads up to 700
 * bytes past `available` and writes up to 272 past `limit`. Gives 0 at the end of the stream, 1 where more may follow, 2
 * for what is not DEFLATE.
 */
export function inflate(state: usize, start: usize, limit: usize, available: usize): i32 {
  next = load<u32>(state + NEXT);
  let to = <usize>load<u32>(state + TO);
  buffer = load<u64>(state + BUFFER);
  have = load<u32>(state + HAVE);
  let mode = load<u32>(state + MODE);
  let result = 1;
  const table = state + CODES, far = state + DISTANCES;
  while (to < limit && next <= available) {
    if (mode == HEADER) {
      if (load<u32>(state + LAST)) {
        mode = END;
        result = 0;
        break;
      }
      refill();
      store<u32>(state + LAST, take(1));
      const kind = take(2);
      if (kind == 3) { result = 2; break; }
      if (kind == 0) {
        next -= have >> 3;
        buffer = 0;
        have = 0;
        const length = <u32>load<u16>(next);
        if (length != (<u32>load<u16>(next, 2) ^ 0xffff)) { result = 2; break; }
        next += 4;
        store<u32>(state + STORED, length);
        mode = COPY;
      } else {
        if (!codes(state, kind)) { result = 2; break; }
        mode = SYMBOLS;
      }
    } else if (mode == COPY) {
      const left = load<u32>(state + STORED);
      const part = min<usize>(min<usize>(left, limit - to), available + 1 - next);
      memory.copy(to, next, part);
      to += part;
      next += part;
      store<u32>(state + STORED, left - <u32>part);
      if (left == <u32>part) mode = HEADER;
    } else {
      let buf = buffer, at = next, n = have;
      buf |= load<u64>(at) << n;
      at += (63 - n) >> 3;
      n |= 56;
      let entry = load<u32>(table + ((<usize>buf & 2047) << 2));
      // Here at least 56 bits are there and `entry` is the next symbol's.
      while (to < limit && at <= available) {
        if (entry & LITERAL) {
          store<u8>(to++, <u8>(entry >> 16));
          buf >>= entry & 63; n -= entry & 63;
          entry = load<u32>(table + ((<usize>buf & 2047) << 2));
          if (entry & LITERAL) {
            store<u8>(to++, <u8>(entry >> 16));
            buf >>= entry & 63; n -= entry & 63;
            entry = load<u32>(table + ((<usize>buf & 2047) << 2));
          }
          buf |= load<u64>(at) << n;
          at += (63 - n) >> 3;
          n |= 56;
          if (entry & LITERAL) continue;
        }
        if (entry & (SUBTABLE | STOP)) {
          if (entry & SUBTABLE) {
            const more = (entry >> 8) & 15;
            entry = load<u32>(table + (((entry >> 16) + (<u32>(buf >> CODE_BITS) & ((1 << more) - 1))) << 2));
            if (entry & LITERAL) continue;
          }
          if (entry & STOP) {
            if (entry >> 16) { result = 2; break; }
            buf >>= entry & 63; n -= entry & 63;
            mode = HEADER;
            break;
          }
        }
        const total = entry & 63;
        const length = (entry >> 16) + (<u32>(buf & ((<u64>1 << total) - 1)) >> ((entry >> 8) & 15));
        buf >>= total; n -= total;
        entry = load<u32>(far + ((<usize>buf & 255) << 2));
        if (entry & (SUBTABLE | STOP)) {
          if (entry & SUBTABLE) {
            const more = (entry >> 8) & 15;
            entry = load<u32>(far + (((entry >> 16) + (<u32>(buf >> DISTANCE_BITS) & ((1 << more) - 1))) << 2));
          }
          if (entry & STOP) { result = 2; break; }
        }
        const all = entry & 63;
        const distance = (entry >> 16) + (<u32>(buf & ((<u64>1 << all) - 1)) >> ((entry >> 8) & 15));
        buf >>= all; n -= all;
        buf |= load<u64>(at) << n;
        at += (63 - n) >> 3;
        n |= 56;
        if (distance > <u32>(to - start)) { result = 2; break; }
        entry = load<u32>(table + ((<usize>buf & 2047) << 2));
        copy(to, distance, length);
        to += length;
      }
      buffer = buf;
      next = at;
      have = n;
      if (result == 2) break;
    }
  }
  store<u32>(state + NEXT, next);
  store<u32>(state + TO, to);
  store<u64>(state + BUFFER, buffer);
  store<u32>(state + HAVE, have);
  store<u32>(state + MODE, mode);
  return result;
}
