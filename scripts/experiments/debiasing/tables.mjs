import { difference, estimate } from '../../support/statistics.mjs';
import { arms } from './arms.mjs';

/** What was measured, and how it is called. */
export const measures = {
  clean: 'clean',
  paintings: 'paintings',
  textures: 'textures',
  corrupted: 'corrupted',
  fgsm2: 'FGSM 2/255',
  fgsm16: 'FGSM 16/255',
  shapeBias: 'shape bias',
};
const REACHED = [0.3, 0.4, 0.5, 0.55, 0.6];

/** Means over seeds with their intervals. */
export function meansTable(rows) {
  return table(rows, (own, key) => number(estimate(own.map((row) => row[key]))));
}

/** Differences to the first arm, seed by seed. */
export function differencesTable(rows) {
  const base = rows.filter(({ arm }) => arm === arms[0]);
  const others = rows.filter(({ arm }) => arm !== arms[0]);
  return table(others, (own, key) => number(difference(base, own, key), true));
}

/** Shares of the cue-conflict pictures decided by shape, by texture and as neither. */
export function cuesTable(rows) {
  const lines = each(rows, (own) => {
    const share = (of) => number(estimate(own.map(of)));
    return [
      share((row) => row.shapeDecisions),
      share((row) => row.textureDecisions),
      share((row) => 1 - row.shapeDecisions - row.textureDecisions),
    ];
  });
  return markdown(['network', 'seeds', 'shape', 'texture', 'neither'], lines);
}

/** Accuracy under each corruption, means over seeds. */
export function corruptionsTable(rows, shown) {
  const own = shown.map((arm) => rows.filter((row) => row.arm === arm));
  const names = Object.keys(own[0][0].errors);
  const lines = names.map((name) => [
    name,
    ...own.map((list) => (100 * estimate(list.map(({ errors }) => 1 - errors[name])).mean).toFixed(1)),
  ]);
  return markdown(['corruption', ...shown], lines);
}

/** The first epoch whose validation accuracy reached a share, means over the seeds that did. */
export function epochsTable(rows, shown) {
  const lines = each(
    rows.filter(({ arm }) => shown.includes(arm)),
    (own) =>
      REACHED.map((share) => {
        const firsts = own.flatMap(({ epochs }) => {
          const at = epochs.findIndex(({ top1 }) => top1 >= share);
          return at < 0 ? [] : [at + 1];
        });
        if (firsts.length === 0) return '–';
        const few = firsts.length < own.length ? ` (${firsts.length} of ${own.length})` : '';
        return `${estimate(firsts).mean.toFixed(1)}${few}`;
      }),
  );
  return markdown(['network', 'seeds', ...REACHED.map((share) => `${Math.round(share * 100)} %`)], lines);
}

function table(rows, cell) {
  const lines = each(rows, (own) => Object.keys(measures).map((key) => cell(own, key)));
  return markdown(['network', 'seeds', ...Object.values(measures)], lines);
}

/** A line for each arm that has rows. */
function each(rows, cells) {
  return arms.flatMap((arm) => {
    const own = rows.filter((row) => row.arm === arm);
    return own.length === 0 ? [] : [[arm, own.length, ...cells(own)]];
  });
}

function number(found, isSigned = false) {
  if (found === undefined) return '–';
  const value = (100 * found.mean).toFixed(1);
  const sign = isSigned && found.mean > 0 ? '+' : '';
  return `${sign}${value}${found.half === undefined ? '' : ` ± ${(100 * found.half).toFixed(1)}`}`;
}

function markdown(head, lines) {
  const rule = head.map((_, at) => (at === 0 ? '---' : '---:'));
  return [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
