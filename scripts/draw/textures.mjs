import { hsl } from './pen.mjs';

const field = (fill) => `<rect width="256" height="256" fill="${fill}"/>`;
const many = (count, make) => Array.from({ length: count }, (_, i) => make(i)).join('');

/** Rows of a running pattern that covers the square with a margin; `make(x, y, row)` draws one cell. */
function rows(stepX, stepY, make, shift = 0) {
  let svg = '';
  let row = 0;
  for (let y = -stepY; y < 256 + stepY; y += stepY, row++) {
    for (let x = -stepX + (row % 2) * shift; x < 256 + stepX; x += stepX) svg += make(x, y, row);
  }
  return svg;
}

/** Draws one texture over the whole 256-unit square. */
export const textures = {
  bricks(pen) {
    const hue = pen.range(4, 26);
    const height = pen.range(20, 30);
    const width = height * 2.1;
    const brick = (x, y) =>
      `<rect x="${x}" y="${y}" width="${width - 4}" height="${height - 4}" rx="2" fill="${pen.shade(hue + pen.range(-6, 8), pen.range(45, 65), pen.range(34, 52), 6)}"/>`;
    return field(hsl(36, 14, 78)) + rows(width, height, brick, width / 2);
  },

  checks(pen) {
    const hue = pen.range(0, 360);
    const step = pen.range(26, 40);
    const other = hsl(hue + pen.pick([30, 150, 180, 210]), 70, 30);
    const cell = (x, y, row) =>
      (Math.round(x / step) + row) % 2 === 0
        ? `<rect x="${x}" y="${y}" width="${step + 0.5}" height="${step + 0.5}" fill="${other}"/>`
        : '';
    return field(hsl(hue, 80, 68)) + rows(step, step, cell);
  },

  dots(pen) {
    const hue = pen.range(0, 360);
    const step = pen.range(22, 34);
    const dot = (x, y) =>
      `<circle cx="${x}" cy="${y}" r="${step * pen.range(0.3, 0.42)}" fill="${hsl(hue + pen.pick([0, 40, 170, 200]), 80, pen.range(45, 75))}"/>`;
    return field(hsl(hue + 20, 40, 14)) + rows(step, step * 0.87, dot, step / 2);
  },

  knit(pen) {
    const hue = pen.range(0, 360);
    const step = pen.range(16, 22);
    const stitch = (x, y, row) => {
      const colour = hsl(hue + (Math.floor(row / 3) % 2) * 150, 60, pen.range(46, 60));
      const leaf = (side) =>
        `<ellipse cx="${x + (side * step) / 4}" cy="${y}" rx="${step * 0.24}" ry="${step * 0.52}" transform="rotate(${side * -26} ${x + (side * step) / 4} ${y})" fill="${colour}" stroke="${hsl(hue, 50, 22)}" stroke-width="1.5"/>`;
      return leaf(-1) + leaf(1);
    };
    return field(hsl(hue, 50, 20)) + rows(step, step * 0.8, stitch);
  },

  marble(pen) {
    const tone = pen.pick([
      [
        [0.95, 0.93, 0.9],
        [0.85, 0.85, 0.86],
        [0.25, 0.28, 0.34],
        [0.9, 0.9, 0.9],
        [0.98, 0.97, 0.95],
      ],
      [
        [0.05, 0.25, 0.2],
        [0.1, 0.42, 0.34],
        [0.85, 0.93, 0.86],
        [0.08, 0.33, 0.27],
        [0.02, 0.16, 0.14],
      ],
      [
        [0.45, 0.1, 0.12],
        [0.72, 0.3, 0.28],
        [0.97, 0.86, 0.8],
        [0.6, 0.2, 0.2],
        [0.3, 0.05, 0.08],
      ],
    ]);
    const filter = pen.noise(tone, `${pen.range(0.008, 0.014)} ${pen.range(0.012, 0.022)}`, 5);
    return `<g transform="rotate(${pen.range(20, 70)} 128 128) translate(-60 -60) scale(1.5)"><rect width="256" height="256" filter="${filter}"/></g>`;
  },

  mosaic(pen) {
    const hue = pen.range(0, 360);
    const step = pen.range(17, 24);
    const tile = (x, y) => {
      const corner = (dx, dy) => `${x + dx + pen.range(-2, 2)},${y + dy + pen.range(-2, 2)}`;
      const size = step - 4;
      const ring = Math.hypot(x - 128, y - 128) / 22;
      const colour = hsl(hue + Math.floor(ring) * 47, 75, pen.range(42, 66));
      return `<polygon points="${corner(0, 0)} ${corner(size, 0)} ${corner(size, size)} ${corner(0, size)}" fill="${colour}"/>`;
    };
    return field('#efe9dc') + rows(step, step, tile);
  },

  scales(pen) {
    const hue = pen.range(90, 330);
    const step = pen.range(28, 40);
    const scale = (x, y) =>
      `<circle cx="${x}" cy="${y}" r="${step * 0.56}" fill="${pen.shade(hue + pen.range(-25, 25), 65, 48, 20)}" stroke="${hsl(hue, 60, 16)}" stroke-width="2.5"/>`;
    // Upper rows cover lower ones, so the pattern is drawn from the bottom and turned over.
    const cells = rows(step, step / 2.4, scale, step / 2);
    return `${field(hsl(hue, 60, 16))}<g transform="rotate(180 128 128)">${cells}</g>`;
  },

  strokes(pen) {
    const hue = pen.pick([205, 215, 20, 130, 280]);
    const centre = [pen.range(60, 200), pen.range(60, 200)];
    const stroke = () => {
      const x = pen.range(-10, 266);
      const y = pen.range(-10, 266);
      const angle = (Math.atan2(y - centre[1], x - centre[0]) * 180) / Math.PI + 90 + pen.range(-14, 14);
      const near = Math.hypot(x - centre[0], y - centre[1]) < 52;
      const colour = near
        ? hsl(hue + 190, 90, pen.range(55, 78))
        : hsl(hue + pen.range(-25, 25), 70, pen.range(24, 68));
      return `<path d="M-17 0 q17 -9 34 0" transform="translate(${x} ${y}) rotate(${angle})" fill="none" stroke="${colour}" stroke-width="${pen.range(4, 8)}" stroke-linecap="round"/>`;
    };
    return field(hsl(hue, 60, 32)) + many(900, stroke);
  },

  waves(pen) {
    const hue = pen.range(160, 260);
    const height = pen.range(13, 20);
    const band = (i) => {
      const y = i * height - height;
      const d = `M-30 ${y} q16 ${-height} 32 0 ${'t32 0 '.repeat(9)} V280 H-30 Z`;
      return `<path d="${d}" transform="translate(${(i % 2) * 16} 0)" fill="${hsl(hue + pen.range(-18, 18), 70, 22 + ((i * 23) % 56))}" stroke="#f5fbff" stroke-width="2"/>`;
    };
    return field(hsl(hue, 70, 40)) + many(Math.ceil(290 / height), band);
  },

  wood(pen) {
    const light = pen.range(0.75, 1);
    const ramp = [
      [0.25, 0.12, 0.05],
      [0.62, 0.36, 0.17],
      [0.4, 0.2, 0.09],
      [0.78, 0.5, 0.26],
      [0.45, 0.24, 0.11],
      [0.85, 0.6, 0.34],
      [0.5, 0.27, 0.12],
    ].map((colour) => colour.map((v) => v * light));
    const filter = pen.noise(ramp, `${pen.range(0.002, 0.004)} ${pen.range(0.05, 0.09)}`, 4);
    const joints = many(4, (i) => `<rect y="${i * 64 - 1}" width="256" height="3" fill="#1e0f06"/>`);
    return `<rect width="256" height="256" filter="${filter}"/>${joints}`;
  },
};
