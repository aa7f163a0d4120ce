import { escapeHtml } from '../escape.js';
import { colourOf, mark, round } from '../evaluation/marks.js';

/** Networks of one kind: what each costs and reached. */
export interface CostSeries {
  readonly name: string;
  readonly points: readonly { readonly cost: number; readonly score: number }[];
  /** Half of the interval around the mean score, in the score's unit. */
  readonly halfInterval?: number;
}

export interface CostPlotOptions {
  /** What the axes show, with units. */
  readonly cost: string;
  readonly score: string;
}

const WIDTH = 760;
const HEIGHT = 400;
const LEFT = 64;
const RIGHT = 180;
const TOP = 24;
const BOTTOM = 52;
/** Between series that would lie on each other. */
const APART = 20;

/** Round numbers, about five, from below the least to above the most. */
function ticks(values: readonly number[]): number[] {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const span = most - least || Math.abs(most) || 1;
  const power = 10 ** Math.floor(Math.log10(span / 4));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => span / each <= 5)!;
  const first = Math.floor(least / step);
  const last = Math.ceil(most / step);
  return Array.from({ length: last - first + 1 }, (_, at) => Number(((first + at) * step).toPrecision(12)));
}

const text = (x: number, y: number, words: string, anchor: string, more = ''): string =>
  `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}"${more}>${escapeHtml(words)}</text>`;

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** How far each of some places must move for all to lie `APART` from each other: close ones spread around their middle. */
function shifts(places: readonly number[]): number[] {
  const order = [...places.keys()].sort((a, b) => places[a]! - places[b]!);
  const groups: number[][] = [];
  for (const at of order) {
    const last = groups.at(-1);
    if (last && places[at]! - places[last.at(-1)!]! < APART) last.push(at);
    else groups.push([at]);
  }
  const moved = [...places];
  for (const group of groups) {
    const middle = mean(group.map((at) => places[at]!));
    group.forEach((at, place) => {
      if (group.length > 1) moved[at] = middle + (place - (group.length - 1) / 2) * APART;
    });
  }
  return moved.map((place, at) => place - places[at]!);
}

/**
 * Scores against costs as a self-contained SVG: small dots for single networks, marks with intervals for their means.
 * Costs begin at 0; series of nearly the same cost are drawn side by side.
 */
export function costPlot(series: readonly CostSeries[], { cost, score }: CostPlotOptions): string {
  const all = series.flatMap(({ points }) => points);
  const reached = series.flatMap(({ points, halfInterval = 0 }) => {
    const middle = mean(points.map((point) => point.score));
    return [middle - halfInterval, middle + halfInterval];
  });
  const xs = ticks([0, ...all.map((point) => point.cost)]);
  const ys = ticks([...all.map((point) => point.score), ...reached]);
  const scale = (ticks: readonly number[], from: number, to: number) => (value: number) =>
    from + ((value - ticks[0]!) / (ticks.at(-1)! - ticks[0]!)) * (to - from);
  const x = scale(xs, LEFT, WIDTH - RIGHT);
  const y = scale(ys, HEIGHT - BOTTOM, TOP);
  const line = (x1: number, y1: number, x2: number, y2: number, style: string): string =>
    `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" ${style}/>`;
  const grid = [
    ...xs.map(
      (at) =>
        line(x(at), TOP, x(at), HEIGHT - BOTTOM, 'stroke="#e4e4e0"') +
        text(x(at), HEIGHT - BOTTOM + 18, `${at}`, 'middle'),
    ),
    ...ys.map(
      (at) =>
        line(LEFT, y(at), WIDTH - RIGHT, y(at), 'stroke="#e4e4e0"') +
        text(LEFT - 8, y(at) + 4, `${at}`, 'end'),
    ),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, cost, 'middle'),
    text(16, HEIGHT / 2, score, 'middle', ` transform="rotate(-90 16 ${HEIGHT / 2})"`),
  ];
  const middles = series.map(({ points }) => mean(points.map((point) => x(point.cost))));
  const moved = shifts(middles);
  const marks = series.map(({ name, points, halfInterval = 0 }, place) => {
    const colour = colourOf(place);
    const shift = moved[place]!;
    const dots = points.map(
      (point) =>
        `<circle cx="${round(x(point.cost) + shift)}" cy="${round(y(point.score))}" r="2.5" fill="${colour}" fill-opacity="0.45"/>`,
    );
    const cx = middles[place]! + shift;
    const middle = mean(points.map((point) => point.score));
    const whisker = line(
      ...([cx, y(middle - halfInterval), cx, y(middle + halfInterval)] as const),
      `stroke="${colour}" stroke-width="2" stroke-opacity="0.6"`,
    );
    const told = `${name}: ${round(middle)} at ${round(mean(points.map((point) => point.cost)))}, ${points.length} networks`;
    const legend = mark(place, WIDTH - RIGHT + 22, TOP + 12 + place * 22);
    return `<g><title>${escapeHtml(told)}</title>${dots.join('')}${whisker}${mark(place, cx, y(middle), 6)}</g>${legend}${text(WIDTH - RIGHT + 36, TOP + 16 + place * 22, name, 'start')}`;
  });
  const label = `${score} against ${cost}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(label)}" font-family="system-ui, sans-serif" font-size="12" fill="#333336"><rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>${grid.join('')}${marks.join('')}</svg>`;
}
