// Separable resampling of 8-bit pictures, and their colours. Weights are signed 16-bit numbers in pairs of taps. In
// `exact` mode each weight of Pillow's 22-bit fixed point is split into an upper and a lower 11-bit half, two tables one
// after the other (`low` bytes apart), so that 16-bit multiplications give Pillow's very sums; otherwise there is one
// table of 14-bit weights. A plan holds, for each output element, its first input element and how many taps it has (two
// i32); there is room for `taps` of each, an even number. Up to two and up to four taps have loops without a loop inside:
// where the longest elements have four, most have two or three.

// @ts-nocheck: AssemblyScript, not TypeScript

// Bytes r0 g0 b0 r1 g1 b1 as the words r0 r1 g0 g1 b0 b1 0 0, and the same of the two pixels after; indices beyond 15
// give zero.
const PAIRS: v128 = i8x16(0, -128, 3, -128, 1, -128, 4, -128, 2, -128, 5, -128, -128, -128, -128, -128);
const NEXT: v128 = i8x16(6, -128, 9, -128, 7, -128, 10, -128, 8, -128, 11, -128, -128, -128, -128, -128);

// What is added before a sum is shifted: half a level. In exact mode it goes to the sum of the lower halves.
@inline function half(exact: bool): v128 {
  return i32x4.splat(exact ? 1 << 21 : 1 << 13);
}

// Sums as levels; in exact mode `a` is that of the upper halves and `e`, which holds the half, of the lower ones.
@inline function levels(a: v128, e: v128, exact: bool): v128 {
  return exact ? i32x4.shr_s(i32x4.add(a, i32x4.shr_s(e, 11)), 11) : i32x4.shr_s(a, 14);
}

// One pixel from two pixels of a row.
@inline function two(from: usize, u: v128, l: v128, exact: bool): v128 {
  const q = i8x16.swizzle(v128.load64_zero(from), PAIRS);
  const a = i32x4.dot_i16x8_s(q, u);
  if (!exact) return levels(i32x4.add(a, half(false)), a, false);
  return levels(a, i32x4.add(i32x4.dot_i16x8_s(q, l), half(true)), true);
}

// One pixel from four pixels of a row.
@inline function four(from: usize, u: v128, v: v128, l: v128, m: v128, exact: bool): v128 {
  const all = v128.load(from);
  const q = i8x16.swizzle(all, PAIRS), r = i8x16.swizzle(all, NEXT);
  const a = i32x4.add(i32x4.dot_i16x8_s(q, u), i32x4.dot_i16x8_s(r, v));
  if (!exact) return levels(i32x4.add(a, half(false)), a, false);
  return levels(a, i32x4.add(i32x4.add(i32x4.dot_i16x8_s(q, l), i32x4.dot_i16x8_s(r, m)), half(true)), true);
}

// The third and fourth row's, and the first and second's, bytes of one pixel each, to its place in four rows.
@inline function put(a: v128, b: v128, c: v128, d: v128, to0: usize, to1: usize, to2: usize, to3: usize, last: bool): void {
  const bytes = i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
  if (!last) { // the fourth byte is the next pixel's first
    v128.store32_lane(to0, bytes, 0); v128.store32_lane(to1, bytes, 1);
    v128.store32_lane(to2, bytes, 2); v128.store32_lane(to3, bytes, 3);
  } else {
    v128.store16_lane(to0, bytes, 0); v128.store8_lane(to0, bytes, 2, 2);
    v128.store16_lane(to1, bytes, 2); v128.store8_lane(to1, bytes, 6, 2);
    v128.store16_lane(to2, bytes, 4); v128.store8_lane(to2, bytes, 10, 2);
    v128.store16_lane(to3, bytes, 6); v128.store8_lane(to3, bytes, 14, 2);
  }
}

// One column of results, `rows` long: from runs of `count` pixels at `from`. Each branch keeps its weights in registers.
@inline function column(from: usize, stride: usize, rows: i32, to: usize, pitch: usize, w: usize, count: i32, low: usize, last: bool, exact: bool): void {
  const from2 = stride << 1, from3 = stride * 3, to2 = pitch << 1, to3 = pitch * 3;
  const end = from + <usize>rows * stride;
  if (count <= 2) {
    const u = v128.load32_splat(w), l = exact ? v128.load32_splat(w + low) : u;
    for (; from < end; from += stride << 2, to += pitch << 2)
      put(two(from, u, l, exact), two(from + stride, u, l, exact), two(from + from2, u, l, exact), two(from + from3, u, l, exact), to, to + pitch, to + to2, to + to3, last);
  } else if (count <= 4) {
    const u = v128.load32_splat(w), v = v128.load32_splat(w, 4);
    const l = exact ? v128.load32_splat(w + low) : u, m = exact ? v128.load32_splat(w + low, 4) : v;
    for (; from < end; from += stride << 2, to += pitch << 2)
      put(four(from, u, v, l, m, exact), four(from + stride, u, v, l, m, exact), four(from + from2, u, v, l, m, exact), four(from + from3, u, v, l, m, exact), to, to + pitch, to + to2, to + to3, last);
  } else {
    const step = count << 1;
    for (; from < end; from += stride << 2, to += pitch << 2) {
      let a = exact ? i32x4.splat(0) : half(false), b = a, c = a, d = a;
      let e = half(true), f = e, g = e, h = e;
      let at = from;
      for (let k = 0; k < step; k += 4, at += 6) {
        const u = v128.load32_splat(w + k);
        const p = i8x16.swizzle(v128.load64_zero(at), PAIRS), q = i8x16.swizzle(v128.load64_zero(at + stride), PAIRS);
        const r = i8x16.swizzle(v128.load64_zero(at + from2), PAIRS), s = i8x16.swizzle(v128.load64_zero(at + from3), PAIRS);
        a = i32x4.add(a, i32x4.dot_i16x8_s(p, u)); b = i32x4.add(b, i32x4.dot_i16x8_s(q, u));
        c = i32x4.add(c, i32x4.dot_i16x8_s(r, u)); d = i32x4.add(d, i32x4.dot_i16x8_s(s, u));
        if (exact) {
          const l = v128.load32_splat(w + low + k);
          e = i32x4.add(e, i32x4.dot_i16x8_s(p, l)); f = i32x4.add(f, i32x4.dot_i16x8_s(q, l));
          g = i32x4.add(g, i32x4.dot_i16x8_s(r, l)); h = i32x4.add(h, i32x4.dot_i16x8_s(s, l));
        }
      }
      put(levels(a, e, exact), levels(b, f, exact), levels(c, g, exact), levels(d, h, exact), to, to + pitch, to + to2, to + to3, last);
    }
  }
}

// Rows that are done together, column by column: what they read and write stays in the cache.
const BLOCK = 64;

@inline function strips(src: usize, stride: usize, rows: i32, dst: usize, pitch: usize, size: i32, plan: usize, weights: usize, taps: i32, low: usize, exact: bool): void {
  for (let row = 0; row < rows; row += BLOCK) {
    const from = src + <usize>row * stride;
    let to = dst + <usize>row * pitch;
    const some = min(BLOCK, rows - row);
    let w = weights;
    for (let x = 0, at = plan; x < size; x++, at += 8, to += 3, w += taps << 1)
      column(from + <usize>load<i32>(at) * 3, stride, some, to, pitch, w, load<i32>(at, 4), low, x == size - 1, exact);
  }
}

// Columns of RGB rows: `rows` rows of `src` (stride bytes apart) become rows of `size` pixels, `pitch` bytes apart. Four
// rows are done at a time, so up to three more are read and written. Reads up to 8 bytes past a row, and 3 more for each
// tap of weight 0 at its end.
export function columns(src: usize, stride: i32, rows: i32, dst: usize, pitch: i32, size: i32, plan: usize, weights: usize, taps: i32, low: usize, exact: i32): void {
  if (exact) strips(src, stride, rows, dst, pitch, size, plan, weights, taps, low, true);
  else strips(src, stride, rows, dst, pitch, size, plan, weights, taps, low, false);
}

// Bytes of two rows side by side as words: of each byte that of the first row, then that of the second.
@inline function lower(one: v128, two: v128): v128 {
  return i8x16.shuffle(one, two, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
@inline function upper(one: v128, two: v128): v128 {
  return i8x16.shuffle(one, two, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

// Four bytes' sums of four rows (as words of two and two) by four taps.
@inline function sums(q: v128, r: v128, u: v128, v: v128, l: v128, m: v128, exact: bool): v128 {
  const a = i32x4.add(i32x4.dot_i16x8_s(q, u), i32x4.dot_i16x8_s(r, v));
  if (!exact) return levels(i32x4.add(a, half(false)), a, false);
  return levels(a, i32x4.add(i32x4.add(i32x4.dot_i16x8_s(q, l), i32x4.dot_i16x8_s(r, m)), half(true)), true);
}

// The same of two rows by two taps.
@inline function sum(q: v128, u: v128, l: v128, exact: bool): v128 {
  const a = i32x4.dot_i16x8_s(q, u);
  if (!exact) return levels(i32x4.add(a, half(false)), a, false);
  return levels(a, i32x4.add(i32x4.dot_i16x8_s(q, l), half(true)), true);
}

@inline function bytesOf(a: v128, b: v128, c: v128, d: v128): v128 {
  return i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
}

@inline function blends(src: usize, stride: i32, bytes: i32, dst: usize, pitch: i32, size: i32, plan: usize, weights: usize, taps: i32, low: usize, exact: bool): void {
  const zero = i8x16.splat(0);
  const p1 = stride, p2 = stride << 1, p3 = stride * 3;
  let w = weights;
  for (let y = 0; y < size; y++, w += taps << 1) {
    let p = src + load<i32>(plan + (y << 3)) * stride;
    const count = load<i32>(plan + (y << 3), 4);
    let to = dst + y * pitch;
    const end = to + bytes;
    if (count <= 2) {
      const u = v128.load32_splat(w), l = exact ? v128.load32_splat(w + low) : u;
      for (; to < end; to += 16, p += 16) {
        const i = v128.load(p), j = v128.load(p + p1);
        const ij = lower(i, j), IJ = upper(i, j);
        v128.store(to, bytesOf(sum(lower(ij, zero), u, l, exact), sum(upper(ij, zero), u, l, exact), sum(lower(IJ, zero), u, l, exact), sum(upper(IJ, zero), u, l, exact)));
      }
    } else if (count <= 4) {
      const u = v128.load32_splat(w), v = v128.load32_splat(w, 4);
      const l = exact ? v128.load32_splat(w + low) : u, m = exact ? v128.load32_splat(w + low, 4) : v;
      for (; to < end; to += 16, p += 16) {
        const i = v128.load(p), j = v128.load(p + p1), k = v128.load(p + p2), n = v128.load(p + p3);
        const ij = lower(i, j), IJ = upper(i, j), kn = lower(k, n), KN = upper(k, n);
        v128.store(to, bytesOf(
          sums(lower(ij, zero), lower(kn, zero), u, v, l, m, exact), sums(upper(ij, zero), upper(kn, zero), u, v, l, m, exact),
          sums(lower(IJ, zero), lower(KN, zero), u, v, l, m, exact), sums(upper(IJ, zero), upper(KN, zero), u, v, l, m, exact),
        ));
      }
    } else {
      const step = count << 1;
      for (; to < end; to += 16, p += 16) {
        let from = p;
        let a = exact ? i32x4.splat(0) : half(false), b = a, c = a, d = a;
        let e = half(true), f = e, g = e, h = e;
        for (let k = 0; k < step; k += 4) {
          const u = v128.load32_splat(w + k);
          const i = v128.load(from), j = v128.load(from + stride);
          const ij = lower(i, j), IJ = upper(i, j);
          const q = lower(ij, zero), r = upper(ij, zero), s = lower(IJ, zero), t = upper(IJ, zero);
          a = i32x4.add(a, i32x4.dot_i16x8_s(q, u)); b = i32x4.add(b, i32x4.dot_i16x8_s(r, u));
          c = i32x4.add(c, i32x4.dot_i16x8_s(s, u)); d = i32x4.add(d, i32x4.dot_i16x8_s(t, u));
          if (exact) {
            const l = v128.load32_splat(w + low + k);
            e = i32x4.add(e, i32x4.dot_i16x8_s(q, l)); f = i32x4.add(f, i32x4.dot_i16x8_s(r, l));
            g = i32x4.add(g, i32x4.dot_i16x8_s(s, l)); h = i32x4.add(h, i32x4.dot_i16x8_s(t, l));
          }
          from += stride << 1;
        }
        v128.store(to, bytesOf(levels(a, e, exact), levels(b, f, exact), levels(c, g, exact), levels(d, h, exact)));
      }
    }
  }
}

// Rows: output row y is a weighted sum of input rows of `bytes` bytes, `stride` apart. Works on 16 bytes at a time and so
// reads and writes up to 15 bytes past a row; taps of weight 0 at the end read further rows.
export function rows(src: usize, stride: i32, bytes: i32, dst: usize, pitch: i32, size: i32, plan: usize, weights: usize, taps: i32, low: usize, exact: i32): void {
  if (exact) blends(src, stride, bytes, dst, pitch, size, plan, weights, taps, low, true);
  else blends(src, stride, bytes, dst, pitch, size, plan, weights, taps, low, false);
}

// Colours of `count` RGB pixels, in place. `shares`: for each level of red, then of green and of blue, its part in linear
// red, green, blue and nothing (i32, sixteenths of a step); `encoded`: the level of each step from 0 to 65535.
export function recolour(pixels: usize, count: i32, shares: usize, encoded: usize): void {
  const half = i32x4.splat(8), zero = i32x4.splat(0), most = i32x4.splat(65535);
  const end = pixels + count * 3;
  for (let p = pixels; p < end; p += 3) {
    const red = v128.load(shares + (<usize>load<u8>(p) << 4));
    const green = v128.load(shares + (<usize>load<u8>(p, 1) << 4), 4096);
    const blue = v128.load(shares + (<usize>load<u8>(p, 2) << 4), 8192);
    const sum = i32x4.shr_s(i32x4.add(i32x4.add(red, green), i32x4.add(blue, half)), 4);
    const step = i32x4.min_s(i32x4.max_s(sum, zero), most);
    store<u8>(p, load<u8>(encoded + i32x4.extract_lane(step, 0)));
    store<u8>(p, load<u8>(encoded + i32x4.extract_lane(step, 1)), 1);
    store<u8>(p, load<u8>(encoded + i32x4.extract_lane(step, 2)), 2);
  }
}
