import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Drawings {
  readonly objectNames: readonly string[];
  readonly textureNames: readonly string[];
  objectSvg(kind: string, index: number, size: number): string;
  textureSvg(kind: string, index: number, size: number): string;
}

interface Snippet {
  readonly language: string;
  readonly title: string;
  readonly code: string;
  readonly source: string;
}

/** A module of scripts/, which are plain JavaScript. */
function script<T>(path: string): Promise<T> {
  return import(pathToFileURL(join(root, 'scripts', path)).href);
}

describe('the drawings of the demo', async () => {
  const { objectNames, textureNames, objectSvg, textureSvg } = await script<Drawings>('draw/index.mjs');

  it('has several kinds of objects and textures', () => {
    expect(objectNames.length).toBeGreaterThanOrEqual(10);
    expect(textureNames.length).toBeGreaterThanOrEqual(10);
  });

  it.each([
    ...objectNames.map((name) => [name, objectSvg] as const),
    ...textureNames.map((name) => [name, textureSvg] as const),
  ])('%s is drawn the same each time, differs by index, and fills the picture', async (name, svg) => {
    expect(svg(name, 0, 64)).toBe(svg(name, 0, 64));
    expect(svg(name, 0, 64)).not.toBe(svg(name, 1, 64));
    const picture = sharp(Buffer.from(svg(name, 0, 64)));
    const { width, height } = await picture.metadata();
    const { isOpaque, channels } = await picture.stats();
    expect([width, height, isOpaque]).toEqual([64, 64, true]);
    expect(Math.max(...channels.slice(0, 3).map(({ stdev }) => stdev))).toBeGreaterThan(15);
  });
});

describe('the snippets of the documentation', async () => {
  const { allSnippets, extractSnippets } = await script<{
    allSnippets(): Promise<Snippet[]>;
    extractSnippets(markdown: string, source: string): Snippet[];
  }>('support/snippets.mjs');

  it('takes titled blocks only', () => {
    const markdown = '```sh\nnot run\n```\n\n```js title=one\na();\nb();\n```\n```sh title=two\nls\n```\n';
    expect(extractSnippets(markdown, 'x.md').map(({ title, code }) => [title, code])).toEqual([
      ['one', 'a();\nb();\n'],
      ['two', 'ls\n'],
    ]);
  });

  it('finds the four uses in the README, each with a name of its own', async () => {
    const titles = (await allSnippets())
      .filter(({ source }) => source === 'README.md')
      .map(({ title }) => title);
    expect(titles).toEqual(expect.arrayContaining(['generate', 'augment', 'train', 'volumes']));
    expect(new Set(titles).size).toBe(titles.length);
  });

  it('leaves no JavaScript of README and docs without a title', async () => {
    const readme = await readFile(join(root, 'README.md'), 'utf8');
    expect(readme.match(/^```(js|ts|javascript|typescript)$/gm)).toBeNull();
  });
});

describe('the documentation', () => {
  it.each(['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'THIRD_PARTY_NOTICES.md'])(
    '%s links only to files that exist',
    async (file) => {
      const markdown = await readFile(join(root, file), 'utf8');
      const links = Array.from(markdown.matchAll(/\]\(([^)#]+)[^)]*\)/g), ([, target]) => target!);
      const missing = links.filter((target) => !/^https?:/.test(target) && !existsSync(join(root, target)));
      expect(missing).toEqual([]);
    },
  );
});

describe('THIRD_PARTY_NOTICES.md', () => {
  it('names every package that is installed with this one by its own wish', async () => {
    const notices = await readFile(join(root, 'THIRD_PARTY_NOTICES.md'), 'utf8');
    const manifest: { dependencies: Record<string, string> } = JSON.parse(
      await readFile(join(root, 'package.json'), 'utf8'),
    );
    expect(Object.keys(manifest.dependencies).filter((name) => !notices.includes(`\`${name}\``))).toEqual([]);
  });
});

describe('docs/cli.md', () => {
  it('is what the commands say of themselves', async () => {
    await expect(
      promisify(execFile)(process.execPath, [join(root, 'scripts/docs.mjs'), '--check']),
    ).resolves.toBeDefined();
  });
});
