import type { ModelConfig } from '../../models/model.js';
import { escapeHtml } from '../escape.js';

/** One block of a found network: parts with their channels, and what stands beside the bar. */
interface Row {
  readonly name: string;
  readonly parts: readonly (readonly [kind: string, channels: number])[];
  readonly note: string;
}

const HUES = ['#2f5bd0', '#c2571a', '#2b8a3e', '#a02c7d', '#7a5c00', '#5b4bc4', '#0b7285'];
const ROW = 22;
const LEFT = 110;
const WIDE = 560;
const NOTE = 240;

type Options = Readonly<Record<string, unknown>>;

function rowsOf({ family, options }: ModelConfig): Row[] {
  const { blocks = [], splits = [] } = options as { blocks?: Options[]; splits?: Record<string, number>[] };
  if (family === 'atomnas') {
    return blocks.map((block, at) => {
      const { kernels, channels, outputs, stride } = block as {
        kernels: number[];
        channels: number[];
        outputs: number;
        stride: number;
      };
      const parts = kernels.map((kernel, group) => [`${kernel}×${kernel}`, channels[group]!] as const);
      return { name: `block ${at}`, parts, note: `→ ${outputs}${stride === 2 ? ', stride 2' : ''}` };
    });
  }
  if (family === 'autonl') {
    return blocks.map((block, at) => {
      const { kernel, expansion, outputs, stride, nonlocal } = block as {
        kernel: number;
        expansion: number;
        outputs: number;
        stride: number;
        nonlocal?: { ratio: number; stride: number };
      };
      const light = nonlocal ? `, LightNL ${nonlocal.ratio} / ${nonlocal.stride}` : '';
      const inputs = (blocks[at - 1] as { outputs?: number } | undefined)?.outputs ?? outputs;
      const width = Math.round(inputs * expansion);
      const note = `→ ${outputs}${stride === 2 ? ', stride 2' : ''}${light}`;
      return { name: `block ${at}`, parts: [[`${kernel}×${kernel}`, width] as const], note };
    });
  }
  return splits.map((split, at) => ({
    name: `operation ${at}`,
    parts: Object.entries(split).filter(([, channels]) => channels > 0),
    note: '',
  }));
}

/** A found network as a drawing: channels per kernel and block, and where LightNL sits. Empty for other families. */
export function drawArchitecture(config: ModelConfig): string {
  const rows = rowsOf(config);
  if (rows.length === 0) return '';
  const kinds = [...new Set(rows.flatMap(({ parts }) => parts.map(([kind]) => kind)))].sort();
  const most = Math.max(
    1,
    ...rows.map(({ parts }) => parts.reduce((sum, [, channels]) => sum + channels, 0)),
  );
  const bars = rows.map(({ name, parts, note }, at) => {
    const y = at * ROW + 30;
    let x = LEFT;
    const boxes = parts.map(([kind, channels]) => {
      const width = (channels / most) * WIDE;
      const hue = HUES[kinds.indexOf(kind) % HUES.length]!;
      const box = `<rect x="${x.toFixed(1)}" y="${y}" width="${Math.max(1, width - 1).toFixed(1)}" height="${ROW - 6}" fill="${hue}"><title>${escapeHtml(`${kind}: ${channels} channels`)}</title></rect>`;
      const label =
        width > 30
          ? `<text x="${(x + width / 2).toFixed(1)}" y="${y + 12}" class="in">${channels}</text>`
          : '';
      x += width;
      return box + label;
    });
    const empty = parts.length === 0 ? `<text x="${x}" y="${y + 12}">identity</text>` : '';
    return `<text x="0" y="${y + 12}">${escapeHtml(name)}</text>${boxes.join('')}${empty}<text x="${(x + 8).toFixed(1)}" y="${y + 12}" class="note">${escapeHtml(note)}</text>`;
  });
  const legend = kinds.map(
    (kind, at) =>
      `<rect x="${LEFT + at * 80}" y="4" width="12" height="12" fill="${HUES[at % HUES.length]}"/><text x="${LEFT + 18 + at * 80}" y="14">${escapeHtml(kind)}</text>`,
  );
  const height = rows.length * ROW + 36;
  return `<svg class="network" role="img" aria-label="Channels per kernel and block" viewBox="0 0 ${LEFT + WIDE + NOTE} ${height}">${legend.join('')}${bars.join('')}</svg>`;
}
