// Raw DEFLATE (RFC 1951) from one stretch of memory to another, in as many calls as there are pieces; see
// src/io/inflate/inflater.ts. Compiled by scripts/build-simd.mjs into src/io/inflate/inflate-module.ts.
// @ts-nocheck: AssemblyScript, not TypeScript
import {
  AHEAD, build, CODE_BITS, CODES, DISTANCE_BITS, DISTANCES, FUSED, fuse, LENGTHS, LITERAL, MATCH, SLOW, STATE, STOP, SUBTABLE,
} from './inflate-tables.as';

// What lasts between calls (offsets from STATE).
const NEXT: usize = 0; // next byte to load
const TO: usize = 4; // next byte to write
const BUFFER: usize = 8; // bits loaded and not used, lowest first
const HAVE: usize = 16; // how many
const MODE: usize = 20; // what comes next
const STORED: usize = 24; // bytes left of a stored block
const LAST: usize = 28; // whether this is the last block

const HEADER = 0, COPY = 1, SYMBOLS = 2, END = 3;

/** How far back DEFLATE may refer. */
const WINDOW: usize = 32768;
/** Bits that are there, at least, after the buffer was filled. */
const FILLED: u32 = 56 - AHEAD;

const ORDER: StaticArray<u8> = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

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
function codes(kind: u32): bool {
  let symbols = 288, distances = 32;
  if (kind == 1) {
    memory.fill(LENGTHS, 8, 144);
    memory.fill(LENGTHS + 144, 9, 112);
    memory.fill(LENGTHS + 256, 7, 24);
    memory.fill(LENGTHS + 280, 8, 8);
    memory.fill(LENGTHS + 288, 5, 32);
  } else {
    refill();
    symbols = take(5) + 257;
    distances = take(5) + 1;
    const count = take(4) + 4;
    if (symbols > 286 || distances > 30) return false;
    memory.fill(LENGTHS, 0, 19);
    for (let i: u32 = 0; i < count; i++) {
      refill();
      store<u8>(LENGTHS + unchecked(ORDER[i]), take(3));
    }
    if (!build(LENGTHS, 19, CODES, 7, 0)) return false;
    const all = symbols + distances;
    let last = 0;
    for (let i = 0; i < all;) {
      refill();
      const entry = load<u32>(CODES + (<usize>(buffer & 127) << 2)), symbol = entry >> 16;
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
      for (; repeat; repeat--) store<u8>(LENGTHS + i++, <u8>last);
    }
    if (!load<u8>(LENGTHS + 256)) return false;
  }
  if (!build(LENGTHS + symbols, distances, DISTANCES, DISTANCE_BITS, 2)) return false;
  if (!build(LENGTHS, symbols, CODES, CODE_BITS, 1)) return false;
  fuse(symbols);
  return true;
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

/** Index into FUSED, times 8. */
@inline function index(buf: u64): usize {
  return <usize>buf & (((1 << CODE_BITS) - 1) << AHEAD);
}

/** What comes out at `to` for the entry `e` of FUSED at `i`: literals, or 8 bytes from before. */
@inline function bytes(i: usize, e: u32, buf: u64, to: usize): u64 {
  const distance = <u32>load<u16>(i, FUSED + 6) + (<u32>(buf >> load<u8>(i, FUSED + 1)) & <u32>load<u16>(i, FUSED + 4));
  return select<u64>(load<u64>(to - distance), load<u32>(i, FUSED + 4), e & MATCH);
}

/** The entry of CODES or DISTANCES for what is next in the buffer. */
@inline function look(table: usize, bits: u32, buf: u64): u32 {
  const entry = load<u32>(table + ((<usize>(buf >> AHEAD) & ((1 << bits) - 1)) << 2));
  if (!(entry & SUBTABLE)) return entry;
  const deeper = (1 << ((entry >> 8) & 15)) - 1;
  return load<u32>(table + (((entry >> 16) + (<u32>(buf >> (AHEAD + bits)) & deeper)) << 2));
}

/** The bits that follow an entry's code. */
@inline function extra(entry: u32, buf: u64): u32 {
  return <u32>((buf >> AHEAD) & ((<u64>1 << (entry & 63)) - 1)) >> ((entry >> 8) & 15);
}

/**
 * Goes on until what is written reaches or passes `limit`, the input that is left is little (`available` is the last byte
 * from which a block's header can be there), or the stream ends. Copies from no earlier than `start`. Reads up to 700
 * bytes past `available` and writes up to 272 past `limit`. Gives 0 at the end of the stream, 1 where more may follow, 2
 * for what is not DEFLATE.
 */
export function inflate(start: usize, limit: usize, available: usize): i32 {
  next = load<u32>(STATE + NEXT);
  let to = <usize>load<u32>(STATE + TO);
  buffer = load<u64>(STATE + BUFFER);
  have = load<u32>(STATE + HAVE);
  let mode = load<u32>(STATE + MODE);
  let result = 1;
  while (to < limit && next <= available) {
    if (mode == HEADER) {
      if (load<u32>(STATE + LAST)) {
        mode = END;
        result = 0;
        break;
      }
      refill();
      store<u32>(STATE + LAST, take(1));
      const kind = take(2);
      if (kind == 3) { result = 2; break; }
      if (kind == 0) {
        next -= have >> 3;
        buffer = 0;
        have = 0;
        const length = <u32>load<u16>(next);
        if (length != (<u32>load<u16>(next, 2) ^ 0xffff)) { result = 2; break; }
        next += 4;
        store<u32>(STATE + STORED, length);
        mode = COPY;
      } else {
        if (!codes(kind)) { result = 2; break; }
        mode = SYMBOLS;
      }
    } else if (mode == COPY) {
      const left = load<u32>(STATE + STORED);
      const part = min<usize>(min<usize>(left, limit - to), available + 1 - next);
      memory.copy(to, next, part);
      to += part;
      next += part;
      store<u32>(STATE + STORED, left - <u32>part);
      if (left == <u32>part) mode = HEADER;
    } else {
      let at = next - (have >> 3), n = (have & 7) + AHEAD, buf = (buffer & ((<u64>1 << (have & 7)) - 1)) << AHEAD;
      buf |= load<u64>(at) << n;
      at += (63 - n) >> 3;
      n |= 56;
      // Here and at each turn at least FILLED bits are there.
      while (to < limit && at <= available) {
        if (to - start >= WINDOW && !(load<u32>(index(buf), FUSED) & SLOW)) {
          // Literals and copies alike without a branch: which comes next cannot be foreseen. At most 6 bytes are read and
          // at least one is written in a turn, and two but in the last, so that `stop` is enough.
          const stop = min(limit, to + ((available - at) >> 2) + 1);
          let i = index(buf), e = load<u32>(i, FUSED);
          while (to < stop) {
            store<u64>(to, bytes(i, e, buf, to));
            to += load<u8>(i, FUSED + 2);
            buf >>= e;
            i = index(buf);
            const second = load<u32>(i, FUSED);
            store<u64>(to, bytes(i, second, buf, to));
            to += load<u8>(i, FUSED + 2);
            buf >>= second;
            const used = (e + second) & 255;
            n -= used;
            i = index(buf);
            e = load<u32>(i, FUSED);
            buf |= load<u64>(at) << n;
            at += (63 - n) >> 3;
            n |= 56;
            if (used > FILLED - CODE_BITS) { // seldom: the index had not all its bits
              i = index(buf);
              e = load<u32>(i, FUSED);
            }
            if (e & SLOW) break;
          }
          continue;
        }
        let entry = look(CODES, CODE_BITS, buf);
        const total = entry & 63, value = (entry >> 16) & 0x7fff;
        if (entry & STOP) {
          if (value) { result = 2; break; }
          buf >>= total; n -= total;
          mode = HEADER;
          break;
        }
        if (entry & LITERAL) {
          store<u8>(to++, <u8>value);
          buf >>= total; n -= total;
        } else {
          const length = value + extra(entry, buf);
          buf >>= total; n -= total;
          entry = look(DISTANCES, DISTANCE_BITS, buf);
          if (entry & STOP) { result = 2; break; }
          const distance = (entry >> 16) + extra(entry, buf);
          buf >>= entry & 63; n -= entry & 63;
          if (distance > <u32>(to - start)) { result = 2; break; }
          copy(to, distance, length);
          to += length;
        }
        buf |= load<u64>(at) << n;
        at += (63 - n) >> 3;
        n |= 56;
      }
      buf >>= AHEAD; n -= AHEAD;
      buffer = buf;
      next = at;
      have = n;
      if (result == 2) break;
    }
  }
  next -= have >> 3; // whole bytes are given back, and read again
  have &= 7;
  buffer &= (<u64>1 << have) - 1;
  store<u32>(STATE + NEXT, next);
  store<u32>(STATE + TO, to);
  store<u64>(STATE + BUFFER, buffer);
  store<u32>(STATE + HAVE, have);
  store<u32>(STATE + MODE, mode);
  return result;
}
