// Trilinear resampling in tiles of 16 output positions; see src/transforms/volume/trilinear.ts for the same in TypeScript.
// Compiled by scripts/build-simd.mjs into src/transforms/volume/simd-module.ts.

@inline function mix(a: v128, b: v128, t: v128): v128 {
  return f32x4.add(a, f32x4.mul(f32x4.sub(b, a), t));
}

@inline function low16(v: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(v));
}

@inline function high16(v: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(v));
}

// The four steps of turning 4 x 4 values: p q r s become their first, second, third and fourth elements.
@inline function even(p: v128, q: v128): v128 {
  return i8x16.shuffle(p, q, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
}

@inline function odd(p: v128, q: v128): v128 {
  return i8x16.shuffle(p, q, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
}

@inline function halves(p: v128, q: v128): v128 {
  return i8x16.shuffle(p, q, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}

@inline function upper(p: v128, q: v128): v128 {
  return i8x16.shuffle(p, q, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
}

/** One row of float32 between two rows of voxels, whole vectors of 8; kind 0 uint8, 1 int16, 2 float32. */
@inline function between(kind: i32, a: usize, b: usize, t: v128, count: i32, to: usize): void {
  for (let i = 0; i < count; i += 8, to += 32) {
    if (kind == 2) {
      v128.store(to, mix(v128.load(a), v128.load(b), t));
      v128.store(to, mix(v128.load(a, 16), v128.load(b, 16), t), 16);
      a += 32;
      b += 32;
    } else {
      const p = kind == 1 ? v128.load(a) : v128.load8x8_u(a), q = kind == 1 ? v128.load(b) : v128.load8x8_u(b);
      v128.store(to, mix(low16(p), low16(q), t));
      v128.store(to, mix(high16(p), high16(q), t), 16);
      a += kind == 1 ? 16 : 8;
      b += kind == 1 ? 16 : 8;
    }
  }
}

/**
 * Sixteen rows, each between two of `strips`, stored across: position i of row t at line + 64 i + 4 t. Tables at `pairs`:
 * byte offsets of the lower and of the higher strip, shares, `pitch` bytes apart.
 */
@inline function across(pairs: usize, pitch: usize, strips: usize, count: i32, line: usize): void {
  for (let group = 0; group < 4; group++) {
    const low = pairs + <usize>(group * 16), high = low + pitch, share = high + pitch;
    let a0 = strips + load<u32>(low), a1 = strips + load<u32>(low, 4), a2 = strips + load<u32>(low, 8), a3 = strips + load<u32>(low, 12);
    let b0 = strips + load<u32>(high), b1 = strips + load<u32>(high, 4), b2 = strips + load<u32>(high, 8), b3 = strips + load<u32>(high, 12);
    const t0 = v128.load32_splat(share), t1 = v128.load32_splat(share, 4), t2 = v128.load32_splat(share, 8), t3 = v128.load32_splat(share, 12);
    let to = line + group * 16;
    for (let i = 0; i < count; i += 4, to += 256) {
      const p = mix(v128.load(a0), v128.load(b0), t0), q = mix(v128.load(a1), v128.load(b1), t1);
      const r = mix(v128.load(a2), v128.load(b2), t2), s = mix(v128.load(a3), v128.load(b3), t3);
      a0 += 16; a1 += 16; a2 += 16; a3 += 16; b0 += 16; b1 += 16; b2 += 16; b3 += 16;
      const pq = even(p, q), PQ = odd(p, q), rs = even(r, s), RS = odd(r, s);
      v128.store(to, halves(pq, rs));
      v128.store(to, upper(pq, rs), 64);
      v128.store(to, halves(PQ, RS), 128);
      v128.store(to, upper(PQ, RS), 192);
    }
  }
}

/** Four rows of the line between two positions along x. */
@inline function column(line: usize, fl: usize, fh: usize, fs: usize, i: i32): v128 {
  const a = line + <usize>load<u32>(fl + 4 * i), b = line + <usize>load<u32>(fh + 4 * i);
  return mix(v128.load(a), v128.load(b), v128.load32_splat(fs + 4 * i));
}

/**
 * Strips: for each of `rows` positions along one source axis the rows of `count` voxels between its two, in each of
 * `planes`. Tables: at `m` the addresses of the lower and of the higher row in plane 0 and the shares, `rows` each; at
 * `offsets` those of the planes. Strips lie `pitch` bytes apart, all those of a position together.
 */
export function blend(
  kind: i32, count: i32, m: usize, rows: i32, offsets: usize, planes: i32, strips: usize, pitch: usize,
): void {
  for (let p = 0; p < planes; p++) {
    const plane = <usize>load<u32>(offsets + 4 * p);
    let strip = strips + <usize>p * pitch;
    for (let j = 0; j < rows; j++, strip += <usize>planes * pitch) {
      const row = m + 4 * j, low = plane + load<u32>(row), high = plane + load<u32>(row + 4 * rows), w = v128.load32_splat(row + 8 * rows);
      if (kind == 1) between(1, low, high, w, count, strip);
      else if (kind == 2) between(2, low, high, w, count, strip);
      else between(0, low, high, w, count, strip);
    }
  }
}

/**
 * All results for one position of `blend`: those for all `long` positions along another source axis (tables at `pairs`,
 * byte offsets of strips), in tiles of 16, and all `columns` positions along x (tables at `f`, byte offsets into the line).
 * Results for next positions along x are sx bytes apart in `out`, along the tiles st bytes, of which one is 4. The
 * smallest and the largest result so far are kept, four each, at `range`; NaN counts for neither.
 */
export function slab(
  count: i32, strips: usize, pairs: usize, long: i32, f: usize, columns: i32,
  line: usize, out: usize, sx: usize, st: usize, range: usize,
): void {
  const fl = f, fh = f + 4 * columns, fs = f + 8 * columns;
  let least = v128.load(range), most = v128.load(range, 16);
  for (let next = 0; next < long; next += 16) {
    const first = min(next, long - 16); // the last tile does some positions again
    across(pairs + 4 * first, 4 * long, strips, count, line);
    const to = out + <usize>first * st;
    if (st == 4) {
      let r0 = to;
      for (let i = 0; i < columns; i++, r0 += sx) {
        const a = line + <usize>load<u32>(fl + 4 * i), b = line + <usize>load<u32>(fh + 4 * i), t = v128.load32_splat(fs + 4 * i);
        const p = mix(v128.load(a), v128.load(b), t), q = mix(v128.load(a, 16), v128.load(b, 16), t);
        const r = mix(v128.load(a, 32), v128.load(b, 32), t), s = mix(v128.load(a, 48), v128.load(b, 48), t);
        least = f32x4.pmin(f32x4.pmin(f32x4.pmin(f32x4.pmin(least, p), q), r), s);
        most = f32x4.pmax(f32x4.pmax(f32x4.pmax(f32x4.pmax(most, p), q), r), s);
        v128.store(r0, p);
        v128.store(r0, q, 16);
        v128.store(r0, r, 32);
        v128.store(r0, s, 48);
      }
      continue;
    }
    for (let group = 0; group < 4; group++) {
      const g = line + <usize>(group * 16);
      let r0 = to + <usize>(group * 4) * st, i = 0;
      for (; i + 4 <= columns; i += 4, r0 += 16) {
        const p = column(g, fl, fh, fs, i), q = column(g, fl, fh, fs, i + 1), r = column(g, fl, fh, fs, i + 2), s = column(g, fl, fh, fs, i + 3);
        least = f32x4.pmin(f32x4.pmin(f32x4.pmin(f32x4.pmin(least, p), q), r), s);
        most = f32x4.pmax(f32x4.pmax(f32x4.pmax(f32x4.pmax(most, p), q), r), s);
        const pq = even(p, q), PQ = odd(p, q), rs = even(r, s), RS = odd(r, s);
        v128.store(r0, halves(pq, rs));
        v128.store(r0 + st, upper(pq, rs));
        v128.store(r0 + 2 * st, halves(PQ, RS));
        v128.store(r0 + 3 * st, upper(PQ, RS));
      }
      for (; i < columns; i++, r0 += 4) {
        const v = column(g, fl, fh, fs, i);
        least = f32x4.pmin(least, v);
        most = f32x4.pmax(most, v);
        v128.store_lane<f32>(r0, v, 0);
        v128.store_lane<f32>(r0 + st, v, 1);
        v128.store_lane<f32>(r0 + 2 * st, v, 2);
        v128.store_lane<f32>(r0 + 3 * st, v, 3);
      }
    }
  }
  v128.store(range, least);
  v128.store(range, most, 16);
}

/** `to` becomes (value - subtract) * gain + add, held between low and high; n is rounded up to whole vectors. NaN stays. */
export function line(at: usize, n: i32, to: usize, subtract: f32, gain: f32, add: f32, low: f32, high: f32): void {
  const s = f32x4.splat(subtract), g = f32x4.splat(gain), a = f32x4.splat(add), l = f32x4.splat(low), h = f32x4.splat(high);
  for (let i = 0; i < n; i += 4, at += 16, to += 16) {
    const v = f32x4.add(f32x4.mul(f32x4.sub(v128.load(at), s), g), a);
    v128.store(to, f32x4.pmin(f32x4.pmax(v, l), h));
  }
}
