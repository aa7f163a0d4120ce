/**
 * `node scripts/picture.mjs`: makes docs/demo.jpg, the picture of the README, from the dataset of `npm run demo`: four
 * columns of content, style and result, one row for each of the first kinds of objects.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { fail, root } from './support/run.mjs';

const GRID = { columns: 3, rows: 4, tile: 112, gap: 4, space: 20 };

try {
  const demo = join(root, 'demo-out/drawn');
  const lines = (await readFile(join(demo, 'dataset/manifest.jsonl'), 'utf8')).trim().split('\n');
  const entries = onePerKind(lines.map((line) => JSON.parse(line))).slice(0, GRID.columns * GRID.rows);
  const triple = ({ content, style, path }) => [
    join(demo, 'objects', content),
    join(demo, 'textures', style),
    join(demo, 'dataset', path),
  ];
  await sheet(entries.map(triple), join(root, 'docs/demo.jpg'));
} catch (error) {
  fail(error);
}

/** One output of each object, each in another texture as far as there are enough. */
function onePerKind(entries) {
  const chosen = new Map();
  const used = new Set();
  for (const entry of entries) {
    const better = !chosen.has(entry.shape.name) || used.has(chosen.get(entry.shape.name).texture.name);
    if (!better || used.has(entry.texture.name)) continue;
    chosen.set(entry.shape.name, entry);
    used.add(entry.texture.name);
  }
  for (const entry of entries) if (!chosen.has(entry.shape.name)) chosen.set(entry.shape.name, entry);
  return [...chosen.values()];
}

async function sheet(triples, file) {
  const { columns, rows, tile, gap, space } = GRID;
  const step = { x: 3 * tile + 2 * gap + space, y: tile + gap };
  const layers = await Promise.all(
    triples.flatMap((paths, index) =>
      paths.map(async (path, place) => ({
        input: await sharp(path).resize(tile, tile).toBuffer(),
        left: (index % columns) * step.x + place * (tile + gap),
        top: Math.floor(index / columns) * step.y,
      })),
    ),
  );
  const size = { width: columns * step.x - space, height: rows * step.y - gap };
  await sharp({ create: { ...size, channels: 3, background: '#ffffff' } })
    .composite(layers)
    .jpeg({ quality: 88, mozjpeg: true })
    .toFile(file);
}
