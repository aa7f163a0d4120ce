import { estimate, mean } from '../../support/statistics.mjs';

/** A line for each network: what it costs and what it reached, as the mean over seeds with its 95 % interval. */
export function table(set, rows, costs) {
  const keys = Object.keys(set.metrics);
  const networks = [...new Set(rows.map(({ network }) => network))];
  const lines = networks.map((network) => {
    const own = rows.filter((row) => row.network === network);
    const { parameters, macs } = costs.get(network);
    const cells = keys.map((key) => number(estimate(own.map(({ metrics }) => metrics[key]))));
    return [
      set.names[network] ?? set.peers[network],
      parameters.toLocaleString('en'),
      `${(macs / 1e9).toFixed(2)} G`,
      own.length,
      ...cells,
    ];
  });
  return markdown(['network', 'parameters', 'MACs', 'seeds', ...Object.values(set.metrics)], lines);
}

/** Dice by scan, the seeds averaged: its mean with the 95 % interval over scans, and the difference to the first network. */
export function scansTable(set, overlap) {
  const bySeed = (seeds) => seeds[0].map((_, scan) => mean(seeds.map((each) => each[scan])));
  const base = bySeed([...overlap.values()][0]);
  const lines = [...overlap].map(([network, seeds]) => {
    const scans = bySeed(seeds);
    const own = number(estimate(scans));
    const apart = scans.map((dice, scan) => dice - base[scan]);
    const values = seeds.map((each) => mean(each).toFixed(3)).join(', ');
    return [set.names[network] ?? set.peers[network], values, own, number(estimate(apart))];
  });
  return markdown(['network', 'Dice of each seed', 'mean over scans', 'difference to the first'], lines);
}

/** Means over scans and seeds of what is measured on the grid of the files: overlap and distances in millimetres. */
export function surfaceTable(set, found) {
  const lines = [...found].map(([network, scores]) => {
    const average = (key, classId) => {
      const values = scores.filter((one) => one.classId === classId).map((one) => one[key]);
      const finite = values.filter(Number.isFinite);
      return (finite.reduce((sum, value) => sum + value, 0) / finite.length).toFixed(2);
    };
    return [
      set.names[network],
      ...[1, 2].flatMap((id) => [average('hausdorff', id), average('surfaceDice', id)]),
    ];
  });
  const head = ['network', 'front HD95 (mm)', 'front surface Dice', 'back HD95 (mm)', 'back surface Dice'];
  return markdown(head, lines);
}

function number({ mean, half }) {
  return half === undefined ? mean.toFixed(3) : `${mean.toFixed(3)} ± ${half.toFixed(3)}`;
}

function markdown(head, lines) {
  const rows = [head, head.map((_, column) => (column === 0 ? '---' : '---:')), ...lines];
  return rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
