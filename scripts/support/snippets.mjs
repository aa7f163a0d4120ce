import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { drawObjects, drawTextures } from '../draw/index.mjs';
import { root, run } from './run.mjs';

/**
 * The named code blocks of a Markdown file: a fence that starts with `js title=name` or `sh title=name` is a snippet
 * that must run as it stands. Blocks without a title are for reading.
 */
export function extractSnippets(markdown, source) {
  const fence = /^```(js|sh) title=(\S+)\n([\s\S]*?)^```$/gm;
  return Array.from(markdown.matchAll(fence), ([, language, title, code]) => ({
    language,
    title,
    code,
    source,
  }));
}

/** Every snippet of README.md and docs/, in the order of reading. */
export async function allSnippets() {
  const docs = (await readdir(join(root, 'docs'))).filter((file) => file.endsWith('.md')).sort();
  const files = ['README.md', ...docs.map((file) => join('docs', file))];
  const lists = files.map(async (file) => extractSnippets(await readFile(join(root, file), 'utf8'), file));
  return (await Promise.all(lists)).flat();
}

/** What snippets may count on in their working folder: `photos/` and `paintings/`, class folders of drawings. */
export async function drawInputs(folder) {
  await drawObjects(join(folder, 'photos'), { names: ['bird', 'car', 'cup', 'tree'], count: 3, size: 128 });
  await drawTextures(join(folder, 'paintings'), {
    names: ['bricks', 'dots', 'strokes', 'waves'],
    count: 2,
    size: 128,
  });
}

/** Writes a snippet as a file of the project and returns its path. */
export async function writeSnippet(snippet, folder) {
  const extension = snippet.language === 'js' ? 'mjs' : 'sh';
  const file = join(folder, `${basename(snippet.source, '.md')}-${snippet.title}.${extension}`);
  await mkdir(folder, { recursive: true });
  await writeFile(file, snippet.code);
  return file;
}

/** Runs one snippet in `folder`, a project in which `cuemix` is installed, with the Node at `nodePath`. */
export async function runSnippet(snippet, folder, nodePath = process.execPath) {
  const file = await writeSnippet(snippet, folder);
  const path = [join(nodePath, '..'), join(folder, 'node_modules/.bin'), process.env.PATH].join(':');
  const options = { cwd: folder, env: { PATH: path }, quiet: true };
  return snippet.language === 'js' ? run(nodePath, [file], options) : run('bash', ['-eu', file], options);
}
