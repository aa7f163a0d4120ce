/**
 * `npm run demo`: from a bare clone to a small cue-conflict dataset. Needs nothing but Node and npm; installs, builds
 * and gets TensorFlow where these are missing, then draws objects and textures and paints the one with the other.
 *
 * `npm run demo -- --content DIR --styles DIR` takes your own pictures; every other option goes to `cuemix stylize`.
 */
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { cli, ensureBuilt, ensureEngine, ensureInstalled } from './support/ready.mjs';
import { fail, node, root } from './support/run.mjs';

const USAGE = `npm run demo [-- --content DIR --styles DIR|self --out DIR  further options of cuemix stylize]
Without --content and --styles it draws twelve kinds of objects and ten of textures. Without --out the dataset is made
in demo-out/drawn, anew each time, or in demo-out/own.`;

try {
  const { options, rest } = readArguments(process.argv.slice(2));
  if (options.help) console.log(USAGE);
  else await demo(options, rest);
} catch (error) {
  fail(error);
}

async function demo(options, rest) {
  await ensureInstalled();
  await ensureBuilt();
  await ensureEngine().catch(() => console.log('Going on without TensorFlow, on WebAssembly: this is slow.'));
  const drawn = options.content === undefined;
  const out = resolve(options.out ?? join(root, 'demo-out', drawn ? 'drawn' : 'own'));
  const { content, styles } = await pictures(options, out);
  // Drawn pictures cost seconds, and another version's dataset could not be continued: begin anew.
  if (drawn && options.out === undefined) await rm(join(out, 'dataset'), { recursive: true, force: true });
  await node(cli, ['stylize', content, '--styles', styles, '--out', join(out, 'dataset'), ...rest], {
    cwd: process.cwd(),
  });
}

/** The folders to mix: the caller's, or drawings made anew under `out`. */
async function pictures({ content, styles }, out) {
  if (content !== undefined) return { content, styles: styles ?? 'self' };
  const { drawObjects, drawTextures } = await import('./draw/index.mjs');
  const drawn = { content: join(out, 'objects'), styles: join(out, 'textures') };
  console.log('Drawing objects and textures …');
  await rm(drawn.content, { recursive: true, force: true });
  await drawObjects(drawn.content, { count: 4 });
  if (styles !== undefined) return { ...drawn, styles };
  await rm(drawn.styles, { recursive: true, force: true });
  await drawTextures(drawn.styles, { count: 4 });
  return drawn;
}

function readArguments(args) {
  const { values, tokens } = parseArgs({
    args,
    strict: false,
    tokens: true,
    options: {
      content: { type: 'string' },
      styles: { type: 'string' },
      out: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const own = new Set(['content', 'styles', 'out', 'help']);
  const mine = new Set(
    tokens
      .filter((token) => token.kind === 'option' && own.has(token.name))
      .flatMap((token) => [token.index, ...(token.inlineValue === false ? [token.index + 1] : [])]),
  );
  return { options: values, rest: args.filter((_, index) => !mine.has(index)) };
}
