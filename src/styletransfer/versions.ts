import { createRequire } from 'node:module';
import { loadSharp } from '../datasets/decode/sharp.js';
import { chooseDecoder } from '../datasets/videos/decoder.js';
import { encoderPrograms } from '../datasets/videos/ffmpeg/encode.js';
import { jpegEncoder } from './produce/pictures.js';

/** Versions of what decides the bytes beside the network. */
export async function versionsNow(video: boolean): Promise<Record<string, string>> {
  const { versions } = await loadSharp();
  const { version }: { version: string } = createRequire(import.meta.url)('../../package.json');
  const jpeg = await jpegEncoder();
  const own = { cuemix: version, sharp: versions.sharp ?? 'unknown', libvips: versions.vips, jpeg };
  if (!video) return own;
  const [{ name }, { version: ffmpeg }] = await Promise.all([chooseDecoder('auto'), encoderPrograms()]);
  return { ...own, decoder: name, ffmpeg };
}
