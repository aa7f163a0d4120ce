import { colourOf, mark, round } from '../../../dist/report/evaluation/marks.js';
import { mean } from '../../support/statistics.mjs';
import { LEFT, legend, RIGHT, rule, svg, text, WIDTH } from '../../support/svg.mjs';

const [TOP, BOTTOM] = [20, 340];

/** A score over the epochs: the mean of the seeds as a line, their range as a band. */
export function curves(set, rows, title) {
  const networks = [...new Set(rows.map(({ network }) => network))];
  const last = Math.max(...rows.flatMap(({ curve }) => curve.map(({ epoch }) => epoch)));
  const x = (epoch) => round(LEFT + (epoch / last) * (WIDTH - LEFT - RIGHT));
  const y = (share) => round(BOTTOM - share * (BOTTOM - TOP));
  const lines = networks.flatMap((network, place) => {
    const own = rows.filter((row) => row.network === network);
    const epochs = [...new Set(own.flatMap(({ curve }) => curve.map(({ epoch }) => epoch)))].sort(
      (a, b) => a - b,
    );
    const at = (epoch) =>
      own.flatMap(({ curve }) =>
        curve.filter((point) => point.epoch === epoch).map((point) => point[set.curve]),
      );
    const points = (of) => epochs.map((epoch) => `${x(epoch)},${y(of(at(epoch)))}`);
    const band = [...points((all) => Math.max(...all)), ...points((all) => Math.min(...all)).reverse()];
    const marked = epochs.length > 10 ? epochs.filter((epoch) => epoch % 5 === 0) : epochs;
    return [
      `<polygon points="${band.join(' ')}" fill="${colourOf(place)}" fill-opacity="0.13"/>`,
      `<polyline points="${points(mean).join(' ')}" fill="none" stroke="${colourOf(place)}" stroke-width="2"/>`,
      ...marked.map((epoch) => mark(place, x(epoch), y(mean(at(epoch))), 4)),
    ];
  });
  const grid = [0, 0.2, 0.4, 0.6, 0.8, 1].flatMap((share) => [
    rule(LEFT, y(share), WIDTH - RIGHT, y(share)),
    text(LEFT - 10, y(share) + 4, share.toFixed(1), 'end'),
  ]);
  const step = last > 10 ? 5 : 1;
  const labels = Array.from({ length: Math.floor(last / step) }, (_, tick) =>
    text(x((tick + 1) * step), BOTTOM + 18, `${(tick + 1) * step}`, 'middle'),
  );
  const names = networks.map((network) => set.names[network] ?? set.peers[network]);
  const body = [...grid, ...labels, ...lines, ...legend(names, BOTTOM + 44)];
  return svg(title, BOTTOM + 60 + 20 * names.length, body);
}
