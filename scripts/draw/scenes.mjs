import { objects } from './objects.mjs';
import { hsl } from './pen.mjs';

/** Places where an object can stand; each returns the backdrop and leaves the middle free. */
const places = {
  meadow(pen) {
    const hue = pen.range(80, 130);
    const hill = (y, light) =>
      `<path d="M0 ${y} C60 ${y - 34} 110 ${y + 10} 160 ${y - 14} S230 ${y - 26} 256 ${y} V256 H0 Z" fill="${hsl(hue, 45, light)}"/>`;
    return (
      `<rect width="256" height="256" fill="${pen.fade('#7db8e8', '#d9eef7')}"/>` +
      cloud(pen) +
      hill(pen.range(150, 170), 62) +
      hill(pen.range(185, 200), 48)
    );
  },
  room(pen) {
    const hue = pen.range(0, 360);
    return (
      `<rect width="256" height="256" fill="${pen.fade(hsl(hue, 30, 84), hsl(hue, 30, 70))}"/>` +
      `<rect y="178" width="256" height="78" fill="${pen.fade(hsl(28, 40, 46), hsl(28, 42, 34))}"/>` +
      `<rect y="174" width="256" height="7" fill="${hsl(hue, 20, 92)}"/>`
    );
  },
  dusk(pen) {
    const stars = Array.from(
      { length: 26 },
      () =>
        `<circle cx="${pen.range(0, 256)}" cy="${pen.range(0, 150)}" r="${pen.range(0.6, 2)}" fill="#fff8dc"/>`,
    );
    return (
      `<rect width="256" height="256" fill="${pen.fade('#1d2350', '#5b3a78', '#f0956a')}"/>` +
      stars.join('') +
      `<circle cx="${pen.range(30, 220)}" cy="${pen.range(26, 60)}" r="17" fill="#fff3c4"/>` +
      `<path d="M0 214 L50 190 L96 210 L150 184 L206 208 L256 192 V256 H0 Z" fill="#232040"/>`
    );
  },
  sea(pen) {
    const foam = Array.from({ length: 9 }, () => {
      const y = pen.range(172, 250);
      const x = pen.range(-20, 220);
      return `<path d="M${x} ${y} q10 -8 20 0 t20 0" fill="none" stroke="#ffffffa0" stroke-width="3"/>`;
    });
    return (
      `<rect width="256" height="256" fill="${pen.fade('#a7dcf2', '#f6f0d8')}"/>` +
      `<circle cx="${pen.range(30, 220)}" cy="44" r="21" fill="#ffd65c"/>${cloud(pen)}` +
      `<rect y="164" width="256" height="92" fill="${pen.fade('#3fa3c9', '#1c5f8f')}"/>${foam.join('')}`
    );
  },
  studio(pen) {
    const hue = pen.range(0, 360);
    return (
      `<rect width="256" height="256" fill="${hsl(hue, 45, 58)}"/>` +
      `<circle cx="128" cy="116" r="150" fill="${pen.glow(hsl(hue + 20, 60, 86))}"/>`
    );
  },
};

const homes = {
  bird: ['meadow', 'studio', 'sea'],
  boat: ['sea', 'sea', 'studio'],
  car: ['meadow', 'dusk', 'studio'],
  cup: ['room', 'room', 'studio'],
  fish: ['sea', 'studio'],
  flower: ['meadow', 'room', 'studio'],
  house: ['meadow', 'dusk', 'sea'],
  mushroom: ['meadow', 'dusk', 'studio'],
  rocket: ['dusk', 'studio', 'meadow'],
  star: ['dusk', 'dusk', 'studio'],
  tree: ['meadow', 'meadow', 'dusk'],
  umbrella: ['room', 'sea', 'studio'],
};

/** One object in one of its usual places, slightly turned, moved and scaled. Returns the body of the picture. */
export function scene(kind, pen) {
  const place = places[pen.pick(homes[kind])](pen);
  const scale = pen.range(0.82, 1.05);
  const x = 128 + pen.range(-14, 14);
  const y = 134 + pen.range(-8, 8);
  const flip = pen.pick([1, -1]);
  const shadow = `<ellipse cx="${x}" cy="${y + 98 * scale}" rx="${78 * scale}" ry="${11 * scale}" fill="#00000038"/>`;
  const turn = pen.range(-9, 9);
  const body = objects[kind](pen);
  return `${place}${shadow}<g transform="translate(${x} ${y}) rotate(${turn}) scale(${scale * flip} ${scale})">${body}</g>`;
}

function cloud(pen) {
  const x = pen.range(20, 190);
  const y = pen.range(24, 60);
  return [
    [0, 0, 17],
    [18, -9, 19],
    [38, 0, 16],
    [19, 5, 18],
  ]
    .map(([dx, dy, r]) => `<circle cx="${x + dx}" cy="${y + dy}" r="${r}" fill="#ffffffd8"/>`)
    .join('');
}
