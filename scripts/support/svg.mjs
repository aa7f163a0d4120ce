import { mark, round } from '../../dist/report/evaluation/marks.js';

/** Extents of figures and their margins, in pixels. */
export const WIDTH = 820;
export const LEFT = 110;
export const RIGHT = 24;

/** A mark and a name for each line of a figure, one below the other. */
export function legend(names, y) {
  return names.flatMap((name, place) => [
    mark(place, LEFT + 6, y + 20 * place),
    text(LEFT + 20, y + 4 + 20 * place, name, 'start', 13),
  ]);
}

/** A line of the grid. */
export function rule(x1, y1, x2, y2) {
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="#e4e4e0"/>`;
}

/** Words at a place. */
export function text(x, y, content, anchor, size = 12) {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" font-size="${size}" fill="#1c1c1e">${content}</text>`;
}

/** A figure of `height` pixels as a document. */
export function svg(title, height, body) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" font-family="system-ui, sans-serif">
<title>${title}</title>
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
${body.join('\n')}
</svg>
`;
}
