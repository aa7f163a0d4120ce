import { hsl } from './pen.mjs';

const OUTLINE = 'stroke="#2b2b33" stroke-width="3" stroke-linejoin="round" stroke-linecap="round"';

const path = (d, fill, more = OUTLINE) => `<path d="${d}" fill="${fill}" ${more}/>`;
const circle = (x, y, r, fill, more = OUTLINE) =>
  `<circle cx="${x}" cy="${y}" r="${r}" fill="${fill}" ${more}/>`;
const ellipse = (x, y, rx, ry, fill, more = OUTLINE) =>
  `<ellipse cx="${x}" cy="${y}" rx="${rx}" ry="${ry}" fill="${fill}" ${more}/>`;
const box = (x, y, w, h, r, fill, more = OUTLINE) =>
  `<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="${r}" fill="${fill}" ${more}/>`;

/** Draws one object around the origin, about 160 units wide and high. */
export const objects = {
  bird(pen) {
    const hue = pen.range(180, 400);
    return (
      path('M-72 20 L-108 2 L-104 34 Z', pen.shade(hue, 60, 42)) +
      path('M-78 22 C-70 -34 0 -52 36 -40 C74 -30 70 36 18 48 C-26 58 -66 50 -78 22 Z', pen.shade(hue)) +
      circle(46, -42, 32, pen.shade(hue, 70, 60)) +
      path('M74 -52 L108 -40 L74 -30 Z', pen.shade(40, 90, 55)) +
      path('M-44 0 C-10 -30 26 -12 20 18 C2 46 -34 34 -44 0 Z', pen.shade(hue + 30, 60, 40)) +
      circle(54, -50, 8, '#fff') +
      circle(56, -50, 4, '#15151a', '') +
      path('M-6 50 L-10 82 M-24 82 L4 82 M20 46 L20 82 M6 82 L34 82', 'none', OUTLINE.replace('"3"', '"5"'))
    );
  },

  boat(pen) {
    const hue = pen.range(0, 360);
    return (
      box(-6, -96, 9, 120, 3, pen.shade(30, 45, 38)) +
      path('M8 -92 C60 -60 74 -20 78 8 L8 8 Z', pen.shade(hue, 70, 68)) +
      path('M-10 -78 C-36 -50 -58 -20 -62 8 L-10 8 Z', pen.shade(hue + 180, 40, 86, 8)) +
      path('M3 -96 L34 -86 L3 -76 Z', pen.shade(hue + 120, 80, 50)) +
      path(
        'M-92 22 L96 22 C86 62 60 76 40 76 L-46 76 C-70 74 -86 54 -92 22 Z',
        pen.shade(hue + 200, 55, 42),
      ) +
      [-44, -8, 28].map((x) => circle(x, 48, 9, pen.shade(200, 60, 80))).join('')
    );
  },

  car(pen) {
    const hue = pen.range(0, 360);
    const wheel = (x) => circle(x, 44, 26, '#2c2c34') + circle(x, 44, 12, pen.shade(220, 10, 78));
    return (
      path('M-58 0 C-48 -46 -30 -56 -6 -56 L24 -56 C46 -56 58 -30 68 0 Z', pen.shade(hue, 70, 48)) +
      path('M-44 -4 C-38 -34 -26 -44 -6 -44 L4 -44 L4 -4 Z', pen.shade(200, 50, 82)) +
      path('M14 -44 L22 -44 C38 -42 46 -24 54 -4 L14 -4 Z', pen.shade(200, 50, 82)) +
      path('M-106 44 L-106 14 C-104 -2 -92 -6 -58 -8 L68 -6 C98 -2 108 12 108 44 Z', pen.shade(hue, 75, 54)) +
      box(-106, 12, 14, 12, 4, pen.shade(48, 95, 65)) +
      box(96, 12, 12, 12, 4, pen.shade(0, 90, 50)) +
      path('M-8 10 L8 10', 'none') +
      wheel(-58) +
      wheel(58)
    );
  },

  cup(pen) {
    const hue = pen.range(0, 360);
    const steam = (x) =>
      path(
        `M${x} -66 C${x - 14} -80 ${x + 14} -88 ${x} -104`,
        'none',
        'stroke="#ffffffb0" stroke-width="6" stroke-linecap="round"',
      );
    return (
      steam(-30) +
      steam(4) +
      path(
        'M46 -28 C98 -40 104 40 38 40',
        'none',
        `stroke="${hsl(hue, 60, 42)}" stroke-width="17" fill-opacity="0"`,
      ) +
      path('M-74 -46 L60 -46 C60 10 54 56 26 74 L-40 74 C-68 56 -74 10 -74 -46 Z', pen.shade(hue, 65, 60)) +
      ellipse(-7, -46, 67, 17, pen.shade(hue, 40, 82)) +
      ellipse(-7, -44, 55, 11, pen.shade(24, 60, 24, 8)) +
      path('M-66 2 C-30 16 20 16 54 2 L50 24 C20 36 -30 36 -62 24 Z', pen.shade(hue + 150, 60, 70), '')
    );
  },

  fish(pen) {
    const hue = pen.range(0, 360);
    const stripe = (x) =>
      path(
        `M${x} -44 C${x + 18} -14 ${x + 18} 20 ${x} 46`,
        'none',
        `stroke="${hsl(hue + 160, 70, 75)}" stroke-width="11"`,
      );
    return (
      path('M-52 0 L-108 -46 C-96 -14 -96 14 -108 46 Z', pen.shade(hue + 20, 75, 48)) +
      path('M-20 -46 C0 -86 40 -74 44 -40 Z', pen.shade(hue + 20, 75, 48)) +
      path('M-10 46 C0 74 30 70 34 42 Z', pen.shade(hue + 20, 75, 48)) +
      path('M-62 0 C-40 -54 50 -70 102 2 C50 70 -40 54 -62 0 Z', pen.shade(hue, 80, 58)) +
      stripe(-22) +
      stripe(12) +
      circle(66, -12, 12, '#fff') +
      circle(69, -11, 6, '#15151a', '') +
      path('M92 14 C82 20 76 18 70 16', 'none')
    );
  },

  flower(pen) {
    const hue = pen.range(260, 420);
    const petals = Math.round(pen.range(6, 9.4));
    const petal = (_, i) =>
      `<g transform="translate(0 -34) rotate(${(360 / petals) * i})">${ellipse(0, -38, 19, 32, pen.shade(hue, 80, 64))}</g>`;
    return (
      path(
        'M0 -20 C8 30 -6 60 2 104',
        'none',
        `stroke="${hsl(120, 50, 34)}" stroke-width="9" stroke-linecap="round"`,
      ) +
      path('M2 62 C40 20 66 36 74 30 C66 66 34 78 2 72 Z', pen.shade(120, 50, 42)) +
      path('M0 80 C-30 44 -58 56 -70 48 C-60 84 -28 94 0 88 Z', pen.shade(110, 50, 38)) +
      Array.from({ length: petals }, petal).join('') +
      circle(0, -34, 23, pen.shade(44, 90, 55))
    );
  },

  house(pen) {
    const hue = pen.range(0, 360);
    const pane = (x) =>
      box(x, 10, 34, 32, 2, pen.shade(52, 90, 74)) + path(`M${x + 17} 10 v32 M${x} 26 h34`, 'none');
    return (
      box(36, -84, 24, 50, 2, pen.shade(12, 50, 42)) +
      box(-76, -18, 152, 104, 3, pen.shade(hue, 45, 74, 10)) +
      path('M-98 -14 L0 -92 L98 -14 Z', pen.shade(hue + 170, 60, 44)) +
      box(-16, 28, 34, 58, 3, pen.shade(24, 60, 34)) +
      circle(10, 58, 3, '#f5d36b', '') +
      pane(-64) +
      pane(32) +
      circle(0, -42, 13, pen.shade(200, 60, 78))
    );
  },

  mushroom(pen) {
    const hue = pen.pick([0, 12, 28, 280, 330]);
    const spots = [
      [-50, -22, 13],
      [-14, -56, 14],
      [26, -26, 17],
      [60, -6, 10],
      [-76, 4, 8],
      [34, -62, 8],
    ];
    return (
      path('M-32 8 C-20 40 -34 72 -42 92 L42 92 C32 72 22 40 32 8 Z', pen.shade(40, 40, 84, 10)) +
      path(
        'M-104 12 C-102 -58 -44 -92 2 -92 C52 -92 104 -58 104 12 C60 30 -60 30 -104 12 Z',
        pen.shade(hue, 78, 48),
      ) +
      spots.map(([x, y, r]) => ellipse(x, y, r, r * 0.85, '#fffbee', '')).join('')
    );
  },

  rocket(pen) {
    const hue = pen.range(0, 360);
    return (
      path(
        'M-20 62 C-30 86 -10 92 0 112 C10 92 30 86 20 62 Z',
        pen.fade('#fff3a0', '#ff9a2e', '#e8402a'),
        '',
      ) +
      path('M-34 14 C-66 30 -66 62 -60 80 L-26 58 Z', pen.shade(hue + 180, 70, 46)) +
      path('M34 14 C66 30 66 62 60 80 L26 58 Z', pen.shade(hue + 180, 70, 46)) +
      path('M0 -108 C46 -66 46 16 26 66 L-26 66 C-46 16 -46 -66 0 -108 Z', pen.shade(hue, 20, 86, 12)) +
      path('M0 -108 C22 -88 32 -70 36 -52 L-36 -52 C-32 -70 -22 -88 0 -108 Z', pen.shade(hue, 75, 50)) +
      circle(0, -16, 19, pen.shade(205, 80, 62)) +
      box(-30, 40, 60, 13, 2, pen.shade(hue, 75, 50))
    );
  },

  star(pen) {
    const hue = pen.pick([45, 50, 200, 330, 20]);
    const points = Array.from({ length: 10 }, (_, i) => {
      const radius = i % 2 === 0 ? 104 : 46;
      const angle = (Math.PI / 5) * i - Math.PI / 2;
      return `${(radius * Math.cos(angle)).toFixed(1)} ${(radius * Math.sin(angle)).toFixed(1)}`;
    });
    return (
      path(`M${points.join(' L')} Z`, pen.shade(hue, 90, 58, 22), OUTLINE.replace('"3"', '"7"')) +
      circle(-18, -8, 7, '#2b2b33', '') +
      circle(18, -8, 7, '#2b2b33', '') +
      path('M-20 14 C-8 28 8 28 20 14', 'none', OUTLINE.replace('"3"', '"5"'))
    );
  },

  tree(pen) {
    const hue = pen.range(60, 150);
    const crown = [
      [-46, 0, 40],
      [46, 0, 40],
      [-26, -44, 42],
      [30, -42, 42],
      [0, -70, 36],
      [0, -16, 48],
    ];
    return (
      path('M-17 20 C-10 60 -22 86 -34 100 L36 100 C22 86 12 60 17 20 Z', pen.shade(26, 45, 34)) +
      crown.map(([x, y, r]) => circle(x, y, r, pen.shade(hue + pen.range(-12, 12), 50, 42))).join('') +
      [
        [-40, -10],
        [34, -34],
        [4, -66],
        [14, 2],
        [-20, -44],
      ]
        .map(([x, y]) => circle(x, y, 7, pen.shade(5, 85, 52)))
        .join('')
    );
  },

  umbrella(pen) {
    const hue = pen.range(0, 360);
    const panel = (d, shift) => path(d, pen.shade(hue + shift, 75, 56));
    return (
      path(
        'M0 -96 L0 70 C0 100 40 100 40 72',
        'none',
        `stroke="${hsl(28, 50, 32)}" stroke-width="9" stroke-linecap="round"`,
      ) +
      panel('M0 -88 C-66 -86 -108 -36 -108 6 C-92 -10 -74 -10 -58 4 C-54 -34 -32 -74 0 -88 Z', 0) +
      panel('M0 -88 C-32 -74 -54 -34 -58 4 C-44 -10 -18 -10 0 4 Z', 40) +
      panel('M0 -88 C32 -74 54 -34 58 4 C44 -10 18 -10 0 4 Z', 0) +
      panel('M0 -88 C66 -86 108 -36 108 6 C92 -10 74 -10 58 4 C54 -34 32 -74 0 -88 Z', 40)
    );
  },
};
