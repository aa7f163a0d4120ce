import { colourOf, mark, round } from '../../../dist/report/evaluation/marks.js';
import { estimate } from '../../support/statistics.mjs';
import { LEFT, legend, RIGHT, rule, svg, text, WIDTH } from '../../support/svg.mjs';
import { arms } from './arms.mjs';
import { measures } from './tables.mjs';

/** Every measure as a row, every network as a mark with the interval over its seeds. */
export function accuracyFigure(rows) {
  const shown = arms.filter((arm) => rows.some((row) => row.arm === arm));
  const step = 14 * shown.length + 16;
  const keys = Object.keys(measures);
  const [top, bottom] = [20, 20 + keys.length * step];
  const at = (share) => round(LEFT + Math.min(1, Math.max(0, share)) * (WIDTH - LEFT - RIGHT));
  const groups = keys.flatMap((key, row) => {
    const y = top + row * step;
    const marks = shown.map((arm, place) => {
      const found = estimate(rows.filter((one) => one.arm === arm).map((one) => one[key]));
      return dot(arm, found, place, at, y + 15 + 14 * place);
    });
    return [
      rule(LEFT, y, WIDTH - RIGHT, y),
      text(LEFT - 10, y + step / 2, measures[key], 'end', 13),
      ...marks,
    ];
  });
  const body = [...ticksX(at, top, bottom), ...groups, ...legend(shown, bottom + 44)];
  return svg(
    'Accuracy and shape bias, per cent: mean over seeds and 95 % interval',
    bottom + 60 + 20 * shown.length,
    body,
  );
}

/** Validation accuracy after each epoch: mean over seeds, and the range of the seeds as a band. */
export function convergenceFigure(rows, shown) {
  const [top, bottom] = [20, 340];
  const curves = shown.map((arm) =>
    rows.filter((row) => row.arm === arm).map(({ epochs }) => epochs.map(({ top1 }) => top1)),
  );
  const length = Math.max(...curves.flat().map((curve) => curve.length));
  const x = (epoch) => round(LEFT + ((epoch - 1) / (length - 1)) * (WIDTH - LEFT - RIGHT));
  const y = (share) => round(bottom - (share / 0.8) * (bottom - top));
  const epochs = Array.from({ length }, (_, epoch) => epoch);
  const lines = curves.flatMap((seeds, place) => {
    const line = (of) =>
      epochs.map((epoch) => `${x(epoch + 1)},${y(of(seeds.map((curve) => curve[epoch])))}`);
    const band = [...line((all) => Math.max(...all)), ...line((all) => Math.min(...all)).reverse()];
    const middle = (all) => estimate(all).mean;
    return [
      `<polygon points="${band.join(' ')}" fill="${colourOf(place)}" fill-opacity="0.13"/>`,
      `<polyline points="${line(middle).join(' ')}" fill="none" stroke="${colourOf(place)}" stroke-width="2"/>`,
      ...epochs.map((epoch) => mark(place, x(epoch + 1), y(middle(seeds.map((curve) => curve[epoch]))), 4)),
    ];
  });
  const grid = [0, 0.2, 0.4, 0.6, 0.8].flatMap((share) => [
    rule(LEFT, y(share), WIDTH - RIGHT, y(share)),
    text(LEFT - 10, y(share) + 4, `${Math.round(100 * share)} %`, 'end'),
  ]);
  const labels = epochs.map((epoch) => text(x(epoch + 1), bottom + 18, `${epoch + 1}`, 'middle'));
  const body = [...grid, ...labels, ...lines, ...legend(shown, bottom + 44)];
  return svg(
    'Validation accuracy after each epoch: mean and range of the seeds',
    bottom + 60 + 20 * shown.length,
    body,
  );
}

function dot(arm, { mean, half = 0 }, place, at, y) {
  const told = `${arm}: ${(100 * mean).toFixed(1)}${half > 0 ? ` ± ${(100 * half).toFixed(1)}` : ''}`;
  const whisker = `<line x1="${at(mean - half)}" y1="${y}" x2="${at(mean + half)}" y2="${y}" stroke="${colourOf(place)}"/>`;
  return `<g><title>${told}</title>${whisker}${mark(place, at(mean), y, 4)}</g>`;
}

function ticksX(at, top, bottom) {
  return Array.from({ length: 11 }, (_, tick) => tick / 10).flatMap((share) => [
    rule(at(share), top, at(share), bottom),
    text(at(share), bottom + 18, `${Math.round(100 * share)}`, 'middle'),
  ]);
}
