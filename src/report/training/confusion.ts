import { escapeHtml } from '../escape.js';

const MOST_CLASSES = 40;
const WORST = 25;

/** A confusion matrix as a table, or, for many classes, the classes that are right least often. */
export function confusionTable(counts: readonly (readonly number[])[], classes: readonly string[]): string {
  const name = (classId: number): string => escapeHtml(classes[classId] ?? String(classId));
  return counts.length > MOST_CLASSES ? worst(counts, name) : matrix(counts, name);
}

type NameOf = (classId: number) => string;

const sum = (row: readonly number[]): number => row.reduce((total, count) => total + count, 0);

function matrix(counts: readonly (readonly number[])[], name: NameOf): string {
  const head = (counts[0] ?? [])
    .map((_, classId) => `<th scope="col" title="${name(classId)}">${name(classId)}</th>`)
    .join('');
  const rows = counts.map((row, truth) => {
    const all = Math.max(1, sum(row));
    const cells = row.map((count, guess) => {
      const shade = count === 0 ? '' : `h${Math.min(9, Math.floor((10 * count) / all))}`;
      return `<td class="${shade}${guess === truth ? ' right' : ''}">${count === 0 ? '' : count}</td>`;
    });
    const recall = ((100 * row[truth]!) / all).toFixed(0);
    return `<tr><th scope="row" title="${name(truth)}">${name(truth)}</th>${cells.join('')}<td>${recall} %</td></tr>`;
  });
  return `<p class="faint">Rows: the true class. Columns: what the network said. Last: share that is right.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Confusion matrix"><table class="confusion"><thead><tr><td></td>${head}<th scope="col">right</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function worst(counts: readonly (readonly number[])[], name: NameOf): string {
  const rows = counts
    .map((row, truth) => {
      const others = row.map((count, guess) => (guess === truth ? 0 : count));
      const most = Math.max(...others);
      return { truth, all: sum(row), right: row[truth]!, taken: others.indexOf(most), most };
    })
    .filter(({ all }) => all > 0)
    .sort((a, b) => a.right / a.all - b.right / b.all)
    .slice(0, WORST)
    .map(
      ({ truth, all, right, taken, most }) =>
        `<tr><th scope="row">${name(truth)}</th><td class="n">${right} of ${all}</td><td>${most === 0 ? '' : `${name(taken)} (${most})`}</td></tr>`,
    );
  return `<p class="faint">The ${WORST} classes of ${counts.length} that are right least often, and what they are taken for most.</p>
<div class="scroll"><table><thead><tr><th>Class</th><th>Right</th><th>Taken for</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}
