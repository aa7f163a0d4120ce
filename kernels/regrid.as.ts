// Trilinear resampling in tiles of 16 output positions; see src/transforms/volume/trilinear.ts for the same in TypeScript.
// Compiled by scripts/build-simd.mjs into src/transforms/volume/simd-module.ts.

/** Four voxels as float32; kind 0 uint8, 1 int16, 2 float32. */
@inline function load4(address: usize, kind: i32): v128 {
  if (kind == 1) return f32x4.convert_i32x4_s(v128.load16x4_s(address));
  if (kind == 2) return v128.load(address);
  return f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(address))));
}

@inline function mix(a: v128, b: v128, t: v128): v128 {
  return f32x4.add(a, f32x4.mul(f32x4.sub(b, a), t));
}

@inline function corner(a: usize, b: usize, c: usize, d: usize, m: v128, t: v128, kind: i32): v128 {
  return mix(mix(load4(a, kind), load4(b, kind), m), mix(load4(c, kind), load4(d, kind), m), t);
}

/** Sixteen rows between four rows each, stored across: position i of row t at line + 64 i + 4 t. */
@inline function lines(kind: i32, shift: i32, count: i32, tiles: usize, ml: usize, mh: usize, ms: v128, line: usize): void {
  for (let group = 0; group < 4; group++) {
    const g = tiles + group * 16;
    const l0 = <usize>load<i32>(g), l1 = <usize>load<i32>(g, 4), l2 = <usize>load<i32>(g, 8), l3 = <usize>load<i32>(g, 12);
    const h0 = <usize>load<i32>(g, 64), h1 = <usize>load<i32>(g, 68), h2 = <usize>load<i32>(g, 72), h3 = <usize>load<i32>(g, 76);
    const t0 = v128.load32_splat(g + 128), t1 = v128.load32_splat(g + 132), t2 = v128.load32_splat(g + 136), t3 = v128.load32_splat(g + 140);
    let to = line + group * 16;
    for (let i = 0; i < count; i += 4, to += 256) {
      const x = <usize>i << shift, a = ml + x, b = mh + x;
      const p = corner(l0 + a, l0 + b, h0 + a, h0 + b, ms, t0, kind);
      const q = corner(l1 + a, l1 + b, h1 + a, h1 + b, ms, t1, kind);
      const r = corner(l2 + a, l2 + b, h2 + a, h2 + b, ms, t2, kind);
      const s = corner(l3 + a, l3 + b, h3 + a, h3 + b, ms, t3, kind);
      const pq = i8x16.shuffle(p, q, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
      const PQ = i8x16.shuffle(p, q, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
      const rs = i8x16.shuffle(r, s, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
      const RS = i8x16.shuffle(r, s, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
      v128.store(to, i8x16.shuffle(pq, rs, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
      v128.store(to + 64, i8x16.shuffle(pq, rs, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));
      v128.store(to + 128, i8x16.shuffle(PQ, RS, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
      v128.store(to + 192, i8x16.shuffle(PQ, RS, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));
    }
  }
}

/**
 * One tile: 16 positions along one source axis (tables at tiles: low, high byte offsets, shares, 16 each), all `rows`
 * positions along another (tables at m: low, high, share, `rows` each) and `columns` along x (tables at f).
 * along 0: the tile runs along the output's fastest axis; 1: x does, and tile rows are sx bytes apart.
 */
export function tile(
  kind: i32, shift: i32, count: i32, tiles: usize, m: usize, rows: i32, f: usize, columns: i32,
  line: usize, out: usize, sx: usize, sm: usize, along: i32,
): void {
  const fl = f, fh = f + 4 * columns, fs = f + 8 * columns;
  for (let j = 0; j < rows; j++) {
    const ml = <usize>load<i32>(m + 4 * j), mh = <usize>load<i32>(m + 4 * (rows + j)), ms = v128.load32_splat(m + 4 * (2 * rows + j));
    if (kind == 1) lines(1, shift, count, tiles, ml, mh, ms, line);
    else if (kind == 2) lines(2, shift, count, tiles, ml, mh, ms, line);
    else lines(0, shift, count, tiles, ml, mh, ms, line);
    let to = out + <usize>j * sm;
    if (!along) {
      for (let i = 0; i < columns; i++, to += sx) {
        const a = line + <usize>load<i32>(fl + 4 * i), b = line + <usize>load<i32>(fh + 4 * i), w = v128.load32_splat(fs + 4 * i);
        v128.store(to, mix(v128.load(a), v128.load(b), w));
        v128.store(to, mix(v128.load(a, 16), v128.load(b, 16), w), 16);
        v128.store(to, mix(v128.load(a, 32), v128.load(b, 32), w), 32);
        v128.store(to, mix(v128.load(a, 48), v128.load(b, 48), w), 48);
      }
      continue;
    }
    for (let group = 0; group < 4; group++) {
      const r0 = to + <usize>(group * 4) * sx, g = line + <usize>(group * 16);
      for (let i = 0; i < columns; i++) {
        const a = g + <usize>load<i32>(fl + 4 * i), b = g + <usize>load<i32>(fh + 4 * i), w = v128.load32_splat(fs + 4 * i);
        const v = mix(v128.load(a), v128.load(b), w), o = r0 + 4 * i;
        v128.store_lane<f32>(o, v, 0);
        v128.store_lane<f32>(o + sx, v, 1);
        v128.store_lane<f32>(o + 2 * sx, v, 2);
        v128.store_lane<f32>(o + 3 * sx, v, 3);
      }
    }
  }
}

/** Smallest and largest of n float32 values, NaN left out, to result and result + 4. */
export function range(at: usize, n: i32, result: usize): void {
  let low = f32x4.splat(f32.MAX_VALUE), high = f32x4.splat(-f32.MAX_VALUE), i = 0;
  for (; i + 4 <= n; i += 4, at += 16) {
    const v = v128.load(at);
    low = f32x4.pmin(low, v);
    high = f32x4.pmax(high, v);
  }
  let least = min(min(f32x4.extract_lane(low, 0), f32x4.extract_lane(low, 1)), min(f32x4.extract_lane(low, 2), f32x4.extract_lane(low, 3)));
  let most = max(max(f32x4.extract_lane(high, 0), f32x4.extract_lane(high, 1)), max(f32x4.extract_lane(high, 2), f32x4.extract_lane(high, 3)));
  for (; i < n; i++, at += 4) {
    const v = load<f32>(at);
    if (v < least) least = v;
    if (v > most) most = v;
  }
  store<f32>(result, least);
  store<f32>(result, most, 4);
}

/** (value - subtract) * gain + add, held between low and high, in place; n is rounded up to whole vectors. NaN stays. */
export function line(at: usize, n: i32, subtract: f32, gain: f32, add: f32, low: f32, high: f32): void {
  const s = f32x4.splat(subtract), g = f32x4.splat(gain), a = f32x4.splat(add), l = f32x4.splat(low), h = f32x4.splat(high);
  for (let i = 0; i < n; i += 4, at += 16) {
    const v = f32x4.add(f32x4.mul(f32x4.sub(v128.load(at), s), g), a);
    v128.store(at, f32x4.pmin(f32x4.pmax(v, l), h));
  }
}
