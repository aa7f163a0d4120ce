/**
 * Writes docs/transforms.md and its picture docs/transforms.jpg from the registry of transforms: names and sentences
 * from the sources' comments, options from their schemas. With `--check` it only compares the page and fails if it is
 * out of date. Works on the sources; no build is needed.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { z } from 'zod';
import { optionsTables } from './support/options-table.mjs';
import { fail, root } from './support/run.mjs';
import { shownOptions, transformSheet } from './support/transform-sheet.mjs';

const PARTS = `
export { picture } from './src/core/sample.js';
export { Rng } from './src/core/rng.js';
export { run } from './src/core/transform.js';
export { Canvas } from './src/report/canvas.js';
export { corruptions } from './src/transforms/corruptions/list.js';
export { transforms } from './src/transforms/registry.js';
`;

try {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
  const parts = await load();
  const file = join(root, 'docs/transforms.md');
  const text = page(parts, await sentences());
  if (!values.check) {
    await writeFile(file, text);
    await writeFile(join(root, 'docs/transforms.jpg'), await transformSheet(parts));
  } else if ((await readFile(file, 'utf8')) !== text) {
    throw new Error('docs/transforms.md is out of date: run node scripts/docs-transforms.mjs.');
  }
} catch (error) {
  fail(error);
}

/** The needed modules, bundled from the sources so that they are never older than these. */
async function load() {
  const outfile = join(root, 'node_modules/.cache/cuemix/docs-transforms.mjs');
  await mkdir(join(outfile, '..'), { recursive: true });
  const stdin = { contents: PARTS, resolveDir: root, loader: 'ts' };
  await build({ stdin, outfile, bundle: true, platform: 'node', format: 'esm', packages: 'external' });
  return import(`${pathToFileURL(outfile).href}?${Date.now()}`);
}

/** The comment before the definition of each transform, by name. */
async function sentences() {
  const folder = join(root, 'src/transforms');
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.ts'));
  const found = new Map();
  for (const file of files) {
    const text = await readFile(join(folder, file), 'utf8');
    const definitions =
      /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*export const (\w+) = (?:defineTransform|toggled)\(/g;
    for (const [, comment, name] of text.matchAll(definitions)) {
      const words = comment.replace(/^\s*\*/gm, '').replace(/\{@link (\w+)\}/g, '`$1`');
      found.set(name, words.replace(/\s+/g, ' ').trim());
    }
  }
  return found;
}

function page({ transforms, corruptions }, comments) {
  const sections = [...transforms].map((entry) => {
    const comment = comments.get(entry.name);
    if (comment === undefined) throw new Error(`Expected a comment before the transform ${entry.name}.`);
    const schema = z.toJSONSchema(entry.schema, { io: 'input' });
    const example = JSON.stringify({ [entry.name]: shownOptions(entry) });
    return `## ${entry.name}\n\n${comment}\n\n${optionsTables(schema)}\n\`${example}\`\n`;
  });
  const links = transforms.names.map((name) => `[${name}](#${name.toLowerCase()})`).join(' · ');
  const names = Object.keys(corruptions).map((name) => `\`${name}\``);
  return `# Transforms

Written by \`node scripts/docs-transforms.mjs\` from the registry; do not edit.

Every transform changes one sample: a picture, a clip or a volume, and its masks with it. What is drawn is drawn once per
sample and recorded in its trace, which replays it. Operations on colours leave masks as they are; operations that move
pixels take masks along by nearest neighbour. Bytes are treated as Pillow does, to the bit where torchvision relies on it,
and floats from 0 to 1 as torchvision's float tensors. Frames of a clip share what was drawn; slices of a volume too.

![Every transform on one picture](transforms.jpg)

${links}

${sections.join('\n')}
## Corruptions

Names of \`corrupt\`, the 15 of ImageNet-C and then its 4 extra ones: ${names.join(', ')}.

## Several views

\`runViews(sample, views, rng)\` gives one sample per view, each made by a list of transforms; \`multiCrop\`, \`fiveCrop\` and
\`tenCrop\` make the usual lists. Views are samples of their own because they may differ in size.
`;
}
