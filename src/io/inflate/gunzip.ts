import { open } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { Inflater } from './inflater.js';

/** Longest time, in milliseconds, that the event loop is held. */
const HOLD = 8;

const idle: Inflater[] = [];

/**
 * Inflates a gzip file (RFC 1952, all members) in about two thirds of the processor time that zlib takes, and gives its
 * content to `take`, piece by piece; a piece is void after the call. Only a file that is in perfect order gives true:
 * its checksums were right, nothing follows them, and `take` never returned false. For all others what was given so far
 * is worth nothing: let zlib say what is the matter.
 */
export async function gunzipFile(
  path: string,
  take: (piece: Uint8Array) => boolean,
  signal?: AbortSignal,
): Promise<boolean> {
  const inflater = idle.pop() ?? new Inflater();
  const handle = await open(path, 'r');
  const fill = async () => {
    const { bytesRead } = await handle.read(inflater.room(), 0);
    signal?.throwIfAborted();
    inflater.give(bytesRead);
  };
  const wait = async (count: number) => {
    while (inflater.waiting.length < count && !inflater.exhausted) await fill();
    return inflater.waiting;
  };
  try {
    inflater.reset();
    do {
      const header = headerLength(await wait(HEADER_MOST));
      if (header === undefined) return false;
      inflater.drop(header);
      const sums = await inflateMember(inflater, take, fill, signal);
      const trailer = await wait(8);
      if (sums === undefined || trailer.length < 8) return false;
      const view = new DataView(trailer.buffer, trailer.byteOffset, 8);
      if (view.getUint32(0, true) !== sums.crc || view.getUint32(4, true) !== sums.length % 2 ** 32)
        return false;
      inflater.drop(8);
    } while ((await wait(1)).length > 0);
    return true;
  } finally {
    await handle.close();
    if (idle.length === 0) idle.push(inflater);
  }
}

/** One member's content; undefined where it is damaged or not wanted any more. */
async function inflateMember(
  inflater: Inflater,
  take: (piece: Uint8Array) => boolean,
  fill: () => Promise<void>,
  signal?: AbortSignal,
): Promise<{ readonly crc: number; readonly length: number } | undefined> {
  let [crc, length] = [0, 0];
  let started = performance.now();
  inflater.begin();
  for (;;) {
    const stop = inflater.run();
    const { output } = inflater;
    if (stop === 'damage') return undefined;
    crc = crc32(output, crc);
    length += output.length;
    if (!take(output)) return undefined;
    if (stop === 'end') return { crc, length };
    if (stop === 'input') await fill();
    else if (performance.now() - started > HOLD) {
      await setImmediate();
      signal?.throwIfAborted();
      started = performance.now();
    }
  }
}

/** Headers that are longer are left to zlib. */
const HEADER_MOST = 1024;

const DEFLATE = 8;
const CHECKED = 2;
const EXTRA = 4;
const NAME = 8;
const COMMENT = 16;

/** Length of a member's header; undefined for what is none, or a rare one. */
function headerLength(bytes: Uint8Array): number | undefined {
  const [first, second, method, flags = 0] = bytes;
  if (first !== 0x1f || second !== 0x8b || method !== DEFLATE || flags > 31) return undefined;
  if ((flags & (CHECKED | EXTRA)) !== 0) return undefined;
  let at = 10;
  for (const text of [NAME, COMMENT]) {
    if ((flags & text) === 0) continue;
    const end = bytes.subarray(0, HEADER_MOST).indexOf(0, at);
    if (end < 0) return undefined;
    at = end + 1;
  }
  return at < bytes.length ? at : undefined;
}
