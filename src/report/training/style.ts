/** What pages of trainings add to the common style; confusion cells have ten shades. */
export const TRAINING_STYLE = `
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); gap: 16px; margin: 16px 0; }
.chart { padding: 10px 14px; background: var(--card); border: 1px solid var(--line); border-radius: 10px; min-width: 0; }
.chart h3 { margin: 0 0 4px; font-size: 15px; }
.samples { max-width: 100%; border: 1px solid var(--line); border-radius: 8px; }
table.confusion th { overflow-wrap: normal; white-space: nowrap; max-width: 18em; overflow: hidden; text-overflow: ellipsis; }
table.confusion thead th { writing-mode: vertical-rl; transform: rotate(180deg); max-width: none; max-height: 14em; text-align: left; vertical-align: top; }
table.confusion td { min-width: 2.6em; text-align: right; font-variant-numeric: tabular-nums; }
${Array.from({ length: 10 }, (_, shade) => `td.h${shade} { background: rgb(47 91 208 / ${shade * 8 + 4}%); }`).join('\n')}
td.right { outline: 2px solid var(--accent); outline-offset: -2px; }
pre { padding: 12px; overflow: auto; background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  font: 13px/1.5 ui-monospace, monospace; }
@media (max-width: 520px) { .charts { grid-template-columns: 1fr; } }
`;

/** Draws the charts of the page's data with uPlot, anew when the window's width or the colours change. */
export const CHART_SCRIPT = `
const charts = JSON.parse(document.getElementById('charts').textContent);
const HUES = ['#2f5bd0', '#c2571a', '#2b8a3e', '#a02c7d', '#7a5c00', '#5b4bc4', '#0b7285', '#b02a37'];
const WHOLE = Array.from({ length: 27 }, (_, at) => [1, 2, 5][at % 3] * 10 ** Math.floor(at / 3));
function draw() {
  const style = getComputedStyle(document.documentElement);
  const [ink, line] = ['--ink', '--line'].map((name) => style.getPropertyValue(name).trim());
  charts.forEach((chart, place) => {
    const box = document.getElementById('chart-' + place);
    box.replaceChildren();
    const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line } };
    const dots = { show: chart.data[0].length < 60 };
    new uPlot({
      width: box.clientWidth, height: 240, scales: { x: { time: false } }, axes: [{ ...axis, label: chart.x, labelSize: 22, ...(/^(epoch|step)$/.test(chart.x) && { incrs: WHOLE }) }, { ...axis, size: 60 }],
      series: [{ label: chart.x }, ...chart.names.map((label, at) => ({ label, stroke: HUES[at % HUES.length], width: 1.5, points: dots }))],
    }, chart.data, box);
  });
}
draw();
let timer;
const later = () => { clearTimeout(timer); timer = setTimeout(draw, 150); };
addEventListener('resize', later);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', later);
`;
