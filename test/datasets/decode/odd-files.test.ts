import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../../src/datasets/decode/image.js';
import { plainJpeg } from '../../../src/datasets/decode/jpeg-header.js';
import { decodePicture } from '../../../src/datasets/decode/picture.js';
import { draw } from '../../helpers/fixtures.js';

const raw = { width: 48, height: 32, channels: 3 } as const;
const pixels = draw({ shape: 'disc', texture: 'checks', width: 48, height: 32 });
const jpeg = (options = {}) => sharp(pixels, { raw }).jpeg(options).toBuffer();

const code = (work: Promise<unknown>) =>
  work.then(
    () => 'accepted',
    (error: unknown) => (error as { code: string }).code,
  );
const codes = (bytes: Uint8Array) =>
  Promise.all([code(decodeImage({ bytes, name: 'x' })), code(decodePicture({ bytes, name: 'x' }, {}))]);

/** The file without its segments of one marker. */
function without(bytes: Buffer, marker: number): Buffer {
  const kept: Buffer[] = [bytes.subarray(0, 2)];
  let at = 2;
  while (bytes[at + 1] !== 0xda) {
    const end = at + 2 + bytes.readUInt16BE(at + 2);
    if (bytes[at + 1] !== marker) kept.push(bytes.subarray(at, end));
    at = end;
  }
  return Buffer.concat([...kept, bytes.subarray(at)]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const out = Buffer.alloc(12 + data.length);
  out.writeUInt32BE(data.length);
  out.write(type, 4, 'latin1');
  out.set(data, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
  return out;
}

/** A PNG whose header says this. */
function png(width: number, height: number, depth = 8, colour = 2, interlace = 0): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header.set([depth, colour, 0, 0, interlace], 8);
  const start = Buffer.from('89504e470d0a1a0a', 'hex');
  const data = chunk('IDAT', deflateSync(Buffer.alloc(1000)));
  return Buffer.concat([start, chunk('IHDR', header), data, chunk('IEND', Buffer.alloc(0))]);
}

describe('JPEG', () => {
  it('does not borrow tables from the picture decoded before', async () => {
    const bytes = await jpeg();
    await decodePicture({ bytes, name: 'whole' }, {});
    expect(await codes(without(bytes, 0xdb))).toEqual(['E_CORRUPT', 'E_CORRUPT']);
  });

  it('of the largest sides is too large, not corrupt', async () => {
    const bytes = await jpeg();
    const frame = bytes.indexOf(Buffer.from([0xff, 0xc0]));
    bytes.writeUInt32BE(0xffff_ffff, frame + 5);
    expect(await codes(bytes)).toEqual(['E_TOO_LARGE', 'E_TOO_LARGE']);
  });

  it('with a scan per channel counts as one that is decoded in passes', async () => {
    const bytes = await jpeg();
    expect(plainJpeg(bytes)?.progressive).toBe(false);
    bytes[bytes.indexOf(Buffer.from([0xff, 0xda])) + 4] = 1;
    expect(plainJpeg(bytes)?.progressive).toBe(true);
  });

  it('ignores a profile for other values than RGB', async () => {
    const profile = Buffer.alloc(132);
    profile.write('abstLab Lab ', 12, 'latin1');
    profile.write('acsp', 36, 'latin1');
    const part = Buffer.concat([Buffer.from('ICC_PROFILE\0\x01\x01', 'latin1'), profile]);
    const segment = Buffer.concat([Buffer.from([0xff, 0xe2, 0, part.length + 2]), part]);
    const plain = await jpeg();
    const bytes = Buffer.concat([plain.subarray(0, 2), segment, plain.subarray(2)]);
    const [a, b] = await Promise.all([plain, bytes].map((one) => decodeImage({ bytes: one, name: 'x' })));
    expect(Buffer.compare(a!.raster.data as Uint8Array, b!.raster.data as Uint8Array)).toBe(0);
  });
});

describe('PNG', () => {
  it('of impossible kinds is corrupt', async () => {
    for (const bytes of [png(8, 8, 7), png(8, 8, 8, 5), png(8, 8, 16, 3), png(8, 8, 8, 2, 7)])
      expect(await codes(bytes)).toEqual(['E_CORRUPT', 'E_CORRUPT']);
  });

  it('of the largest sides is too large', async () => {
    for (const bytes of [png(0x7fff_ffff, 1), png(1, 0x7fff_ffff), png(100_000, 100_000)])
      expect(await codes(bytes)).toEqual(['E_TOO_LARGE', 'E_TOO_LARGE']);
  });
});
