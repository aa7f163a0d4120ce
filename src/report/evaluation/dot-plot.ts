import type { Evaluation } from '../../trainers/evaluate/result.js';
import type { ShapeBias } from '../../trainers/evaluate/shape-bias/score.js';
import { escapeHtml } from '../escape.js';
import { colourOf, HUMAN_COLOUR, humanMark, mark, round } from './marks.js';

const WIDTH = 820;
const LEFT = 128;
const RIGHT = 28;
const TOP = 74;
const ROW = 27;
const LEGEND = 22;

interface Series {
  readonly name: string;
  readonly scores: ShapeBias;
  readonly colour: string;
  readonly mark: (x: number, y: number) => string;
}

/**
 * The dot plot of Geirhos et al. 2019 as a self-contained SVG: categories as rows, the fraction of shape decisions from
 * 1 (left) to 0 (right), one mark for each observer, and each observer's shape bias as a line. People are pooled.
 * Undefined where no shape bias was measured.
 */
export function shapeBiasPlot(evaluation: Evaluation): string | undefined {
  const all = seriesOf(evaluation);
  if (all.length === 0) return undefined;
  const categories = [...new Set(all.flatMap(({ scores }) => Object.keys(scores.perCategory)))].sort();
  const bottom = TOP + categories.length * ROW;
  const height = bottom + 66 + all.length * LEGEND;
  const at = (fraction: number) => round(LEFT + (1 - fraction) * (WIDTH - LEFT - RIGHT));
  const ticks = Array.from({ length: 11 }, (_, tick) => tick / 10);
  const grid = ticks.map(
    (tick) =>
      `<line x1="${at(tick)}" y1="${TOP}" x2="${at(tick)}" y2="${bottom}" stroke="${tick === 0.5 ? '#9a9aa0' : '#e4e4e0'}"${tick === 0.5 ? ' stroke-dasharray="2 4"' : ''}/>` +
      text(at(tick), TOP - 10, tick.toFixed(1), 'middle') +
      text(at(tick), bottom + 18, (1 - tick).toFixed(1), 'middle'),
  );
  const rows = categories.map((name, place) => {
    const y = TOP + (place + 0.5) * ROW;
    const line = `<line x1="${LEFT}" y1="${y + ROW / 2}" x2="${WIDTH - RIGHT}" y2="${y + ROW / 2}" stroke="#f0f0ec"/>`;
    return line + text(LEFT - 12, y + 4, name, 'end', 13);
  });
  const averages = all.flatMap(({ scores, colour }) => {
    const { value } = scores.shapeBias;
    if (value === null) return [];
    return `<line x1="${at(value)}" y1="${TOP}" x2="${at(value)}" y2="${bottom}" stroke="${colour}" stroke-width="2.5" stroke-opacity="0.75"/>`;
  });
  const dots = all.flatMap(({ name, scores, mark: draw }) =>
    categories.flatMap((category, place) => {
      const one = scores.perCategory[category];
      if (one === undefined || one.shapeBias.value === null) return [];
      const told = `${name}, ${category}: ${one.shape} of ${one.shape + one.texture} by shape`;
      const y = TOP + (place + 0.5) * ROW;
      return `<g><title>${escapeHtml(told)}</title>${draw(at(one.shapeBias.value), y)}</g>`;
    }),
  );
  const legend = all.map(({ name, scores, mark: draw }, place) => {
    const y = bottom + 62 + place * LEGEND;
    const { value, low, high } = scores.shapeBias;
    const interval = low === null || high === null ? '' : ` (${low.toFixed(3)} to ${high.toFixed(3)})`;
    const told = `${name}: ${value === null ? 'no cue decided' : value.toFixed(3) + interval}, ${scores.conflictRows} decisions`;
    return draw(LEFT + 6, y - 4) + text(LEFT + 20, y, told, 'start', 13);
  });
  const summary = all.map(
    ({ name, scores }) => `${name} ${scores.shapeBias.value?.toFixed(3) ?? 'undefined'}`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="shape-bias-title shape-bias-text" font-family="system-ui, sans-serif">
<title id="shape-bias-title">Fraction of shape decisions by category</title>
<desc id="shape-bias-text">Shape bias: ${escapeHtml(summary.join('; '))}.</desc>
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
${text((LEFT + WIDTH - RIGHT) / 2, 26, 'Fraction of “shape” decisions', 'middle', 15)}
${text((LEFT + WIDTH - RIGHT) / 2, bottom + 38, 'Fraction of “texture” decisions', 'middle', 15)}
${text(LEFT - 12, TOP - 34, 'Shape’s category', 'end', 11)}
${[...grid, ...rows, ...averages].join('\n')}
<rect x="${LEFT}" y="${TOP}" width="${WIDTH - LEFT - RIGHT}" height="${bottom - TOP}" fill="none" stroke="#66666c"/>
${[...dots, ...legend].join('\n')}
</svg>
`;
}

function seriesOf({ models, humans }: Evaluation): Series[] {
  const tests = models.flatMap(({ name, tests: all }) =>
    all.flatMap((test) => (test.kind === 'shape-bias' ? [{ name, test }] : [])),
  );
  if (tests.length === 0) return [];
  const networks = tests.map(({ name, test }, place): Series => {
    const isOnly = tests.filter((other) => other.name === name).length === 1;
    return {
      name: isOnly ? name : `${name}, ${test.name}, ${test.data}`,
      scores: test.scores,
      colour: colourOf(place),
      mark: (x, y) => mark(place, x, y),
    };
  });
  if (humans === undefined) return networks;
  const people: Series = {
    name: `${humans.observers.length} people`,
    scores: humans.pooled,
    colour: HUMAN_COLOUR,
    mark: (x, y) => humanMark(x, y),
  };
  return [people, ...networks];
}

function text(x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end', size = 12): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" font-size="${size}" fill="#1c1c1e">${escapeHtml(content)}</text>`;
}
