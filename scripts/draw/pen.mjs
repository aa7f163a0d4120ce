/**
 * Collects the paint of one picture. Every choice is drawn from the generator that it is given, so the same
 * generator always gives the same picture.
 */
export class Pen {
  #random;
  #defs = [];

  /** @param {() => number} random uniform numbers in [0, 1) */
  constructor(random) {
    this.#random = random;
  }

  range(low, high) {
    return low + (high - low) * this.#random();
  }

  pick(choices) {
    return choices[Math.floor(this.#random() * choices.length)];
  }

  /** Top-left light to bottom-right shade of one hue: gives flat shapes a body. */
  shade(hue, saturation = 65, lightness = 55, depth = 16) {
    const stop = (offset, value) =>
      `<stop offset="${offset}" stop-color="${hsl(hue, saturation, Math.max(4, Math.min(96, value)))}"/>`;
    return this.#define(
      'linearGradient',
      'x1="0.1" y1="0" x2="0.8" y2="1"',
      stop(0, lightness + depth) + stop(0.55, lightness) + stop(1, lightness - depth),
    );
  }

  /** A vertical run of colours, for skies and floors. */
  fade(...colours) {
    const stops = colours.map((c, i) => `<stop offset="${i / (colours.length - 1)}" stop-color="${c}"/>`);
    return this.#define('linearGradient', 'x1="0" y1="0" x2="0" y2="1"', stops.join(''));
  }

  /** A glow that ends in nothing. */
  glow(colour) {
    const stops = `<stop offset="0" stop-color="${colour}" stop-opacity="0.9"/><stop offset="1" stop-color="${colour}" stop-opacity="0"/>`;
    return this.#define('radialGradient', '', stops);
  }

  /** Turbulence pushed through a colour ramp: `ramp` lists "r g b" in 0..1, `frequency` is per pixel along x and y. */
  noise(ramp, frequency, octaves = 4) {
    const seed = Math.floor(this.range(0, 10_000));
    const table = (channel) => ramp.map((colour) => colour[channel]).join(' ');
    const func = (name, channel) => `<feFunc${name} type="table" tableValues="${table(channel)}"/>`;
    const body =
      `<feTurbulence type="fractalNoise" baseFrequency="${frequency}" numOctaves="${octaves}" seed="${seed}"/>` +
      '<feColorMatrix values="1.9 0 0 0 -0.45  1.9 0 0 0 -0.45  1.9 0 0 0 -0.45  0 0 0 0 1"/>' +
      `<feComponentTransfer>${func('R', 0)}${func('G', 1)}${func('B', 2)}</feComponentTransfer>`;
    return this.#define(
      'filter',
      'x="0" y="0" width="1" height="1" color-interpolation-filters="sRGB"',
      body,
    );
  }

  /** The whole document, `size` pixels wide over a 256-unit square. */
  document(size, body) {
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 256 256">` +
      `<defs>${this.#defs.join('')}</defs>${body}</svg>`
    );
  }

  #define(tag, attributes, body) {
    const id = `p${this.#defs.length}`;
    this.#defs.push(`<${tag} id="${id}" ${attributes}>${body}</${tag}>`);
    return `url(#${id})`;
  }
}

export function hsl(hue, saturation, lightness) {
  return `hsl(${Math.round(((hue % 360) + 360) % 360)},${Math.round(saturation)}%,${Math.round(lightness)}%)`;
}
