/** Style of report pages: follows the reader's light or dark setting. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --ink: #1c1c1e; --paper: #fbfbfa; --card: #fff; --line: #dcdcd8; --faint: #66666c;
  --accent: #2f5bd0; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ececee; --paper: #161618; --card: #202023; --line: #38383d; --faint: #a2a2aa; --accent: #8fb0ff; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1500px; padding: 24px; font: 15px/1.5 system-ui, sans-serif; color: var(--ink);
  background: var(--paper); }
h1 { margin: 0; font-size: 24px; } h2 { margin: 32px 0 8px; font-size: 18px; }
p { margin: 4px 0; } .faint { color: var(--faint); }
code { font: 13px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 12px; margin: 16px 0; }
dl div { padding: 10px 14px; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
dt { color: var(--faint); font-size: 13px; } dd { margin: 0; overflow-wrap: anywhere; }
.bar { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: 16px; align-items: center;
  padding: 10px 0; background: var(--paper); border-bottom: 1px solid var(--line); }
select, button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line);
  border-radius: 6px; padding: 4px 8px; max-width: 260px; }
label { display: inline-flex; gap: 6px; align-items: center; }
.grid { list-style: none; margin: 16px 0; padding: 0; display: grid; gap: 16px;
  grid-template-columns: repeat(auto-fill, minmax(430px, 1fr)); }
.card { display: block; width: 100%; max-width: none; padding: 10px; text-align: left; background: var(--card);
  border: 1px solid var(--line); border-radius: 10px; cursor: zoom-in; }
.card:focus-visible, select:focus-visible, button:focus-visible { outline: 3px solid var(--accent); outline-offset: 1px; }
.three { display: grid; grid-template-columns: repeat(3, 1fr); gap: 6px; }
.three img { width: 100%; aspect-ratio: 1; object-fit: contain; background: var(--paper); border-radius: 4px; }
.tags { display: grid; grid-template-columns: repeat(3, 1fr); gap: 6px; font-size: 13px; }
.tags span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.scroll { overflow: auto; } table { border-collapse: collapse; font-size: 13px; }
th, td { padding: 4px 8px; border: 1px solid var(--line); text-align: left; overflow-wrap: anywhere; }
td.n { text-align: right; font-variant-numeric: tabular-nums; }
dialog { max-width: min(1200px, 96vw); color: inherit; background: var(--card); border: 1px solid var(--line);
  border-radius: 12px; padding: 16px; } dialog::backdrop { background: rgb(0 0 0 / 60%); }
dialog .card { border: 0; padding: 0; cursor: default; } dialog .three img { width: min(360px, 30vw); }
dialog .bar { position: static; border: 0; background: none; justify-content: flex-end; }
[hidden] { display: none !important; }
@media (max-width: 520px) { body { padding: 12px; } .grid { grid-template-columns: 1fr; } }
`;

/** Filters and the large view of report pages; without it all cards are simply shown. */
export const PAGE_SCRIPT = `
const $ = (id) => document.getElementById(id);
const items = [...document.querySelectorAll('.grid > li')];
const dialog = $('large');
let shown = items;
let at = 0;
function filter() {
  const shape = $('shape').value, texture = $('texture').value;
  shown = items.filter((item) => {
    const fits = (shape === '' || item.dataset.shape === shape) && (texture === '' || item.dataset.texture === texture);
    item.hidden = !fits;
    return fits;
  });
  $('count').textContent = shown.length + ' of ' + items.length + ' shown';
  $('none').hidden = shown.length > 0;
}
function show(place) {
  if (shown.length === 0) return;
  at = (place + shown.length) % shown.length;
  $('view').replaceChildren(...shown[at].querySelector('.card').cloneNode(true).childNodes);
  if (!dialog.open) dialog.showModal();
}
$('shape').addEventListener('change', filter);
$('texture').addEventListener('change', filter);
$('all').addEventListener('click', () => { $('shape').value = $('texture').value = ''; filter(); });
items.forEach((item) => item.querySelector('.card').addEventListener('click', () => show(shown.indexOf(item))));
$('previous').addEventListener('click', () => show(at - 1));
$('next').addEventListener('click', () => show(at + 1));
$('close').addEventListener('click', () => dialog.close());
dialog.addEventListener('close', () => shown[at] && shown[at].querySelector('.card').focus());
document.addEventListener('keydown', (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (step === undefined || event.target instanceof HTMLSelectElement) return;
  if (dialog.open) { show(at + step); return; }
  const place = shown.findIndex((item) => item.contains(document.activeElement));
  if (place >= 0) shown[(place + step + shown.length) % shown.length].querySelector('.card').focus();
});
$('tools').hidden = false;
filter();
`;
