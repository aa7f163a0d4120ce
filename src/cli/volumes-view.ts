import { basename } from 'node:path';
import { UsageError } from '../core/errors.js';
import { writeFileAtomic } from '../io/files/atomic.js';
import { checkFile } from '../io/files/make-folder.js';
import { readLayers, serveView, viewerScript, viewPage } from '../report/volumes/index.js';
import type { Session } from './support/session.js';

/** What `cuemix volumes view` is told. */
export interface ViewOptions {
  readonly label?: string | undefined;
  readonly prediction?: string | undefined;
  readonly after?: string | undefined;
  readonly out?: string | undefined;
  readonly port?: number | undefined;
}

/** Shows one scan in a browser: from a local server until it is stopped, or as a page in one file. */
export async function view(
  session: Session,
  paths: readonly string[],
  options: ViewOptions,
): Promise<number> {
  const [image, ...more] = paths;
  if (image === undefined || more.length > 0)
    throw new UsageError(`Expected one volume to view but received ${paths.length}.`);
  const { label, prediction, after, out, port } = options;
  if (out !== undefined) await checkFile(out);
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
    return 0;
  }
  const server = await serveView(page, port);
  session.result({ url: server.url }, `Open ${server.url} in a browser on this machine; Ctrl+C ends it.`);
  try {
    await new Promise<void>((resolve) => {
      if (session.signal.aborted) resolve();
      else session.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  } finally {
    await server.close();
  }
  return 0;
}
