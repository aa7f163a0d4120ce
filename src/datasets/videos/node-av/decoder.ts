import { createHash } from 'node:crypto';
import { DecodeError } from '../../../core/errors.js';
import type { TickIndex } from '../frame-index.js';
import { KnownFiles } from '../known-files.js';
import type { VideoDecoder } from '../source.js';
import { indexFile } from './index-file.js';
import type { NodeAv } from './load.js';
import { Scaler } from './scale.js';
import { openStream, type Probed } from './stream.js';
import { Walk } from './walk.js';

const known = new KnownFiles<{ readonly index: TickIndex; readonly probed: Probed | undefined }>();

/** Decodes in this process, by the FFmpeg libraries that node-av brings. */
export function nodeAvDecoder(av: NodeAv): VideoDecoder {
  return {
    name: 'node-av',
    async open(file, limits, watch) {
      const before = known.get(file, limits);
      let probed = before?.probed;
      const reopen = () => openStream(av, file, limits, probed);
      const opened = reopen();
      const { header } = opened;
      probed = opened.probed;
      const make = () =>
        indexFile(av, file, opened, limits, watch).catch((error: unknown) => {
          opened.close();
          throw error;
        });
      const index = before?.index ?? (await make());
      known.set(file, { index, probed });
      const walk = new Walk(av, file.name, index, opened, before !== undefined, reopen);
      const scaler = new Scaler(av);
      return {
        header,
        index,
        async read({ positions, size = header, exact }, take, watch) {
          const { width, height } = size;
          const convert: Parameters<Walk['visit']>[1] = (frame, place) => {
            const pixels = scaler.rgb(frame, width, height, exact);
            if (pixels === undefined)
              throw new DecodeError(
                'E_FORMAT',
                file.name,
                `its ${header.pixelFormat} frames cannot become RGB.`,
              );
            take(pixels, place);
          };
          await walk.visit(positions, convert, watch);
        },
        async hashes(positions, watch) {
          const found: string[] = new Array(positions.length);
          const hash: Parameters<Walk['visit']>[1] = (frame, place) => {
            found[place] = createHash('md5').update(frame.toBuffer()).digest('hex');
          };
          await walk.visit(positions, hash, watch);
          return found;
        },
        close() {
          walk.close();
          scaler.close();
          return Promise.resolve();
        },
      };
    },
  };
}
