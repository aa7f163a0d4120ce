import { basename } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { differenceOfGrids } from '../../datasets/volumes/check.js';
import { writeFileAtomic } from '../../io/files/atomic.js';
import { checkFile } from '../../io/files/make-folder.js';
import { readLayers, serveView, viewerScript, viewPage } from '../../report/volumes/index.js';
import { parseOptions } from '../support/options.js';
import { expectPaths } from '../support/paths.js';
import { withSession } from '../support/session.js';

const file = z.string().min(1).optional();
const Options = z.object({
  label: file,
  prediction: file,
  after: file,
  out: file,
  port: z.coerce.number().int().min(0).max(65535).optional(),
});

/** `cuemix volumes view scan.nii.gz`: from a local server until it is stopped, or as a page in one file. */
export function register(command: Command): void {
  command
    .summary('show a volume in a browser')
    .description(
      'Show a volume in a browser, with label and prediction laid over it. Opens a server on 127.0.0.1 behind a token, and ' +
        'needs no network; with --out it writes one page instead. Draws with NiiVue (npm install @niivue/niivue@0.69.0).',
    )
    .argument('<file>', 'a NIfTI file')
    .option('--label <file>', 'class ids to lay over the volume')
    .option('--prediction <file>', 'predicted class ids to lay over it')
    .option('--after <file>', 'the volume prepared or changed, to compare with')
    .option('--out <file>', 'write one page that holds everything')
    .option('--port <n>', 'port of the local server; a free one unless told')
    .addHelpText(
      'after',
      '\nExamples:\n  cuemix volumes view scan.nii.gz --label mask.nii.gz --prediction guess.nii.gz\n' +
        '  cuemix volumes view scan.nii.gz --after prepared/images/scan.nii --out scan.html',
    )
    .action(
      withSession(async (session, [image = ''], raw) => {
        const { label, prediction, after, out, port } = parseOptions(Options, raw);
        await expectPaths({
          '<file>': image,
          '--label': label,
          '--prediction': prediction,
          '--after': after,
        });
        if (out !== undefined) await checkFile(out);
        for (const mask of [label, prediction].filter((path) => path !== undefined)) {
          const difference = await differenceOfGrids([image, mask], session.signal);
          if (difference !== undefined)
            session.note(`${difference}. They are laid over each other by millimetres.`);
        }
        const viewer = await viewerScript();
        const files = {
          image,
          ...(label && { label }),
          ...(prediction && { prediction }),
          ...(after && { after }),
        };
        const page = { title: basename(image), layers: await readLayers(files, session.signal), viewer };
        if (out !== undefined) {
          await writeFileAtomic(out, viewPage({ ...page, whole: true }), { signal: session.signal });
          session.result({ out }, `The page ${out} holds everything that it shows.`);
          return;
        }
        const server = await serveView(page, port);
        session.result(
          { url: server.url },
          `Open ${server.url} in a browser on this machine; Ctrl+C ends it.`,
        );
        try {
          await new Promise<void>((resolve) => {
            if (session.signal.aborted) resolve();
            else session.signal.addEventListener('abort', () => resolve(), { once: true });
          });
        } finally {
          await server.close();
        }
      }),
    );
}
