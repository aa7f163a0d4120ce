// Separable resampling of 8-bit pictures. Weights are signed 16-bit numbers in pairs of taps. In `exact` mode each weight
// of Pillow's 22-bit fixed point is split into an upper and a lower 11-bit half, two tables one after the other, so that
// 16-bit multiplications give Pillow's very sums; otherwise there is one table of 14-bit weights.
// A plan holds, for each output element, its first input element (i32) and its number of taps (i32, even).

// @ts-nocheck: AssemblyScript, not TypeScript

// Columns of RGB rows: `rows` rows of `src` (stride bytes apart) become rows of `size` pixels, `step` bytes apart; step -3
// with `dst` at the row's last pixel mirrors. Reads up to 16 bytes past a row and writes 1 byte past it.
export function columns(src: usize, stride: i32, rows: i32, dst: usize, pitch: i32, size: i32, step: i32, plan: usize, weights: usize, taps: i32, low: usize, exact: i32): void {
  const half = i32x4.splat(exact ? 1 << 21 : 1 << 13);
  const zero = i32x4.splat(0);
  for (let row = 0; row < rows; row++) {
    const from = src + row * stride;
    let to = dst + row * pitch;
    for (let x = 0; x < size; x++) {
      const first = load<i32>(plan + (x << 3)), count = load<i32>(plan + (x << 3), 4);
      let p = from + first * 3;
      let w = weights + x * taps * 2;
      let sum = zero;
      if (exact) {
        let lower = zero;
        for (let k = 0; k < count; k += 2) {
          const v = v128.load64_zero(p);
          const pair = i8x16.shuffle(v, zero, 0, 16, 3, 16, 1, 16, 4, 16, 2, 16, 5, 16, 16, 16, 16, 16);
          sum = i32x4.add(sum, i32x4.dot_i16x8_s(pair, v128.load32_splat(w)));
          lower = i32x4.add(lower, i32x4.dot_i16x8_s(pair, v128.load32_splat(w + low)));
          p += 6; w += 4;
        }
        sum = i32x4.shr_s(i32x4.add(i32x4.add(i32x4.shl(sum, 11), lower), half), 22);
      } else {
        sum = half;
        for (let k = 0; k < count; k += 2) {
          const v = v128.load64_zero(p);
          const pair = i8x16.shuffle(v, zero, 0, 16, 3, 16, 1, 16, 4, 16, 2, 16, 5, 16, 16, 16, 16, 16);
          sum = i32x4.add(sum, i32x4.dot_i16x8_s(pair, v128.load32_splat(w)));
          p += 6; w += 4;
        }
        sum = i32x4.shr_s(sum, 14);
      }
      const words = i16x8.narrow_i32x4_s(sum, sum);
      const bytes = i8x16.narrow_i16x8_u(words, words);
      store<u16>(to, <u16>i16x8.extract_lane_u(bytes, 0));
      store<u8>(to, <u8>i8x16.extract_lane_u(bytes, 2), 2);
      to += step;
    }
  }
}

// Rows: output row y is a weighted sum of input rows of `bytes` bytes, `stride` apart. Works on 16 bytes at a time and so
// reads and writes up to 15 bytes past a row; a last tap of weight 0 reads one row further.
export function rows(src: usize, stride: i32, bytes: i32, dst: usize, pitch: i32, size: i32, plan: usize, weights: usize, taps: i32, low: usize, exact: i32): void {
  const half = i32x4.splat(exact ? 1 << 21 : 1 << 13);
  const zero = i32x4.splat(0);
  for (let y = 0; y < size; y++) {
    const first = load<i32>(plan + (y << 3)), count = load<i32>(plan + (y << 3), 4);
    const from = src + first * stride;
    const to = dst + y * pitch;
    const w0 = weights + y * taps * 2;
    for (let x = 0; x < bytes; x += 16) {
      let p = from + x;
      let w = w0;
      let a = zero, b = zero, c = zero, d = zero;
      if (exact) {
        let e = zero, f = zero, g = zero, h = zero;
        for (let k = 0; k < count; k += 2) {
          const upper = v128.load32_splat(w), lower = v128.load32_splat(w + low);
          const one = v128.load(p), two = v128.load(p + stride);
          const left = i8x16.shuffle(one, two, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
          const right = i8x16.shuffle(one, two, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
          const q0 = i16x8.extend_low_i8x16_u(left), q1 = i16x8.extend_high_i8x16_u(left);
          const q2 = i16x8.extend_low_i8x16_u(right), q3 = i16x8.extend_high_i8x16_u(right);
          a = i32x4.add(a, i32x4.dot_i16x8_s(q0, upper)); e = i32x4.add(e, i32x4.dot_i16x8_s(q0, lower));
          b = i32x4.add(b, i32x4.dot_i16x8_s(q1, upper)); f = i32x4.add(f, i32x4.dot_i16x8_s(q1, lower));
          c = i32x4.add(c, i32x4.dot_i16x8_s(q2, upper)); g = i32x4.add(g, i32x4.dot_i16x8_s(q2, lower));
          d = i32x4.add(d, i32x4.dot_i16x8_s(q3, upper)); h = i32x4.add(h, i32x4.dot_i16x8_s(q3, lower));
          p += stride << 1; w += 4;
        }
        a = i32x4.shr_s(i32x4.add(i32x4.add(i32x4.shl(a, 11), e), half), 22);
        b = i32x4.shr_s(i32x4.add(i32x4.add(i32x4.shl(b, 11), f), half), 22);
        c = i32x4.shr_s(i32x4.add(i32x4.add(i32x4.shl(c, 11), g), half), 22);
        d = i32x4.shr_s(i32x4.add(i32x4.add(i32x4.shl(d, 11), h), half), 22);
      } else {
        a = half; b = half; c = half; d = half;
        for (let k = 0; k < count; k += 2) {
          const weight = v128.load32_splat(w);
          const one = v128.load(p), two = v128.load(p + stride);
          const left = i8x16.shuffle(one, two, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
          const right = i8x16.shuffle(one, two, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
          a = i32x4.add(a, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(left), weight));
          b = i32x4.add(b, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(left), weight));
          c = i32x4.add(c, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(right), weight));
          d = i32x4.add(d, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(right), weight));
          p += stride << 1; w += 4;
        }
        a = i32x4.shr_s(a, 14); b = i32x4.shr_s(b, 14); c = i32x4.shr_s(c, 14); d = i32x4.shr_s(d, 14);
      }
      v128.store(to + x, i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)));
    }
  }
}
