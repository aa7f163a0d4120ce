import type { ReportData, Shown } from '../styletransfer/dataset/finish.js';
import { factList, htmlDocument } from './document.js';
import { escapeHtml } from './escape.js';
import { labelled } from './labelled.js';
import { PAGE_SCRIPT, PAGE_STYLE } from './page-style.js';
import { spaced } from './spaced.js';

const MATRIX_CLASSES = 40;
const REFUSALS = 1000;

/**
 * A page to look through a dataset: content, style and result of its previews with labels, filters by class, counts for
 * each pair of classes, refused inputs. One file: it loads nothing and allows nothing but itself (CSP).
 */
export function datasetPage(data: ReportData): string {
  const { dataset, refusals } = data;
  const shown = data.shown.map((item) => labelled(dataset, item));
  const { outputs, contents, styles } = dataset.counts;
  const [noun, Nouns, source] =
    dataset.recipe.video === undefined ? ['picture', 'Pictures', 'another'] : ['clip', 'Clips', 'a picture'];
  const part = dataset.shard === undefined ? '' : ` (part ${dataset.shard.index} of ${dataset.shard.count})`;
  const body = `<header>
<h1>Cue-conflict dataset${part}</h1>
<p class="faint">Each ${noun} has the shape of one ${noun} and the texture of ${source}.</p>
${factList([
  [Nouns, `${spaced(outputs.delivered)} of ${spaced(outputs.planned)} planned`],
  [`Content ${noun}s`, `${spaced(contents.found)} found, ${spaced(contents.refused)} refused`],
  ['Style pictures', `${spaced(styles.found)} found, ${spaced(styles.refused)} refused`],
  ['Classes', `${data.cells.size} of shape, ${dataset.styleClasses.length} of texture`],
  ['Alpha', dataset.recipe.alpha.join(', ')],
  ['Gamma (weight of the shape)', String(dataset.recipe.gamma)],
  [
    'Pairing',
    `${dataset.recipe.pairing}, styles from ${dataset.recipe.styles === 'self' ? 'the content' : 'a folder'}`,
  ],
  ['Seed', String(dataset.recipe.seed)],
  ['Network', `${dataset.painter.model}, ${dataset.painter.precision}`],
  ['Engine', `${dataset.painter.engine} ${dataset.painter.engineVersion}`],
])}
</header>
<main>
<h2>${Nouns}</h2>
${cards(shown, outputs.delivered)}
<h2>${Nouns} for each pair of classes</h2>
${matrix(data)}
<h2>Refused inputs</h2>
${refused(refusals)}
</main>
<dialog id="large" aria-label="Large view"><div id="view" class="card"></div>
<div class="bar"><button id="previous" type="button">Previous (←)</button><button id="next" type="button">Next (→)</button><button id="close" type="button">Close (Esc)</button></div></dialog>`;
  return htmlDocument({
    ...{ title: 'Cue-conflict dataset', style: PAGE_STYLE, scripts: [PAGE_SCRIPT], pictures: true },
    body,
  });
}

function cards(shown: readonly Shown[], delivered: number): string {
  if (shown.length === 0) return '<p>There are no previews in this dataset.</p>';
  const options = (names: Iterable<string>): string =>
    [...new Set(names)]
      .sort()
      .map((name) => `<option value="${escapeHtml(name)}">${escapeHtml(name)}</option>`)
      .join('');
  const choice =
    shown.length < delivered ? `A random choice of ${shown.length} of ${spaced(delivered)}. ` : '';
  return `<p class="faint">${choice}Enter enlarges a picture; the arrow keys go from one to the next.</p>
<div id="tools" class="bar" hidden>
<label>Shape <select id="shape"><option value="">all</option>${options(shown.map(({ entry }) => entry.shape.name))}</select></label>
<label>Texture <select id="texture"><option value="">all</option>${options(shown.map(({ entry }) => entry.texture.name))}</select></label>
<button id="all" type="button">Show all</button><span id="count" class="faint" role="status"></span>
</div>
<ul class="grid">
${shown.map(card).join('\n')}
</ul>
<p id="none" hidden>No preview has this pair of classes.</p>`;
}

function card({ entry, preview }: Shown): string {
  const shape = escapeHtml(entry.shape.name);
  const texture = escapeHtml(entry.texture.name);
  const image = (base64: string, alt: string) =>
    `<img src="data:image/jpeg;base64,${base64}" alt="${alt}" loading="lazy">`;
  const place = escapeHtml(entry.member === undefined ? entry.path : `${entry.path}: ${entry.member}`);
  const tag = (name: string, value: string) =>
    `<span title="${value}"><span class="faint">${name}</span> ${value}</span>`;
  return `<li data-shape="${shape}" data-texture="${texture}"><button class="card" type="button">
<span class="three">${image(preview.content, `content: ${shape}`)}${image(preview.style, `style: ${texture}`)}${image(preview.result, `result: shape ${shape}, texture ${texture}`)}</span>
<span class="tags">${tag('shape', shape)}${tag('texture', texture)}${tag('alpha', String(entry.alpha))}</span>
<span class="tags faint"><span title="${escapeHtml(entry.content)}">${escapeHtml(entry.content)}</span><span title="${escapeHtml(entry.style)}">${escapeHtml(entry.style)}</span><span title="${place}">${place}</span></span>
</button></li>`;
}

function matrix({ dataset, cells }: ReportData): string {
  const shapes = dataset.classes.filter((name) => cells.has(name));
  const textures = dataset.styleClasses;
  if (shapes.length > MATRIX_CLASSES || textures.length > MATRIX_CLASSES) {
    return `<p>${shapes.length} shape classes and ${textures.length} texture classes: too many for a table.</p>`;
  }
  const most = Math.max(1, ...[...cells.values()].flatMap((row) => [...row.values()]));
  const head = textures.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join('');
  const rows = shapes.map((shape) => {
    const counts = textures.map((texture) => cells.get(shape)?.get(texture) ?? 0);
    return `<tr><th scope="row">${escapeHtml(shape)}</th>${counts.map((n) => `<td class="n">${n === 0 ? '' : spaced(n)}</td>`).join('')}</tr>`;
  });
  return `<p class="faint">Rows: shape. Columns: texture. The largest count is ${spaced(most)}.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Counts of each pair of classes"><table><thead><tr><td></td>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function refused(refusals: ReportData['refusals']): string {
  if (refusals.length === 0) return '<p>None.</p>';
  const rows = refusals
    .slice(0, REFUSALS)
    .map(
      ({ role, path, code, message }) =>
        `<tr><td>${role}</td><td><code>${escapeHtml(path)}</code></td><td><code>${escapeHtml(code)}</code></td><td>${escapeHtml(message)}</td></tr>`,
    );
  const more =
    refusals.length > REFUSALS ? `<p>And ${refusals.length - REFUSALS} more in quarantine.jsonl.</p>` : '';
  return `<div class="scroll"><table><thead><tr><th>As</th><th>File</th><th>Code</th><th>Reason</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>${more}`;
}
