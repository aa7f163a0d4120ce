import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { DatasetError, UsageError } from '../../core/errors.js';
import { extents, type Raster, type Sample } from '../../core/sample.js';
import { withAtomicFolder, writeAll, writeFileAtomic } from '../../io/files/atomic.js';
import { sha256 } from '../../io/files/hash.js';
import { formatJsonLines } from '../../io/files/jsonl.js';
import type { Dataset } from '../dataset.js';
import { loadJpegCodec } from '../decode/jpeg-beside.js';
import { sequential } from '../samplers.js';
import type { StreamOptions, StreamReport } from '../stream/options.js';
import { stream } from '../stream/stream.js';
import { BAND, checksumBytes, PREPARED_INDEX, type PreparedIndex, type PreparedSample } from './format.js';
import { segmentRecord } from './segments.js';

/** How a dataset is prepared. */
export interface PrepareOptions {
  /**
   * `rgb` keeps the pictures' bytes (unless told), 3 a pixel; `jpeg` encodes them again (4:2:0), a tenth of that, so that
   * any part can be decoded without the rest. Needs libjpeg-turbo.
   */
  readonly form?: 'rgb' | 'jpeg';
  /** Of `jpeg`, from 1 to 100; 90 unless told. */
  readonly quality?: number;
  /** Length of the shorter side; the pictures' own size unless told. Smaller pictures are enlarged to it. */
  readonly size?: number;
  readonly workers?: number;
  /** What a picture that cannot be read does, as in `stream`: `fail` unless told. */
  readonly onError?: StreamOptions['onError'];
  /** Bytes after which another file is begun; 1 GiB unless told. */
  readonly fileBytes?: number;
  readonly signal?: AbortSignal | undefined;
  onProgress?(done: number, total: number): void;
}

/** What was prepared. */
export interface Prepared {
  readonly index: PreparedIndex;
  readonly report: StreamReport;
}

/**
 * Decodes every picture of a dataset once and writes its bytes into the new folder `out`, from which random crops are
 * read without decoding. Labels are kept; they must be of one class. The bytes depend on dataset and options alone.
 * @throws StorageError E_EXISTS where `out` exists; DatasetError for a picture that cannot be read
 */
export async function prepare(
  dataset: Dataset,
  out: string,
  options: PrepareOptions = {},
): Promise<Prepared> {
  const { size, workers, onError = 'fail', fileBytes = 2 ** 30, signal, onProgress } = options;
  const { form = 'rgb', quality = 90 } = options;
  const encode = form === 'jpeg' ? await encoder(quality) : undefined;
  const transforms = size === undefined ? [] : [{ name: 'resize', options: { fit: 'short', size } }];
  const common: StreamOptions = { order: sequential, transforms, onError, ...(signal && { signal }) };
  const samples = stream(dataset, { ...common, ...(workers !== undefined && { workers }) });
  return withAtomicFolder(
    out,
    async (folder) => {
      const writer = new Writer(folder, fileBytes, encode);
      const lines: PreparedSample[] = [];
      try {
        for await (const sample of samples) {
          lines.push(await writer.add(sample));
          onProgress?.(lines.length + samples.report.refused, dataset.length);
        }
      } finally {
        await writer.close();
      }
      if (lines.length === 0)
        throw new DatasetError(
          'E_EMPTY',
          `Expected pictures to prepare but none of the ${dataset.length} can be read.`,
        );
      const text = formatJsonLines(lines);
      const name = 'samples.jsonl';
      await writeFileAtomic(join(folder, name), text, { signal });
      const index: PreparedIndex = {
        format: 'cuemix-prepared',
        version: 1,
        band: BAND,
        count: lines.length,
        ...(dataset.classes && { classes: [...dataset.classes] }),
        ...(encode && { jpeg: { quality } }),
        files: writer.files,
        samples: { name, bytes: Buffer.byteLength(text), sha256: sha256(text) },
      };
      await writeFileAtomic(join(folder, PREPARED_INDEX), `${JSON.stringify(index, undefined, 2)}\n`, {
        signal,
      });
      return { index, report: samples.report };
    },
    { ...(signal && { signal }) },
  );
}

class Writer {
  readonly files: PreparedIndex['files'] = [];
  private readonly folder: string;
  private readonly limit: number;
  private readonly encode: Encode | undefined;
  private current: { handle: FileHandle; hash: ReturnType<typeof createHash>; bytes: number } | undefined;

  constructor(folder: string, limit: number, encode?: Encode) {
    this.folder = folder;
    this.limit = limit;
    this.encode = encode;
  }

  async add({ id, rasters, label }: Sample): Promise<PreparedSample> {
    const data = pixelsOf(rasters.image, id);
    const [height, width] = extents(rasters.image!) as [number, number];
    if (this.current !== undefined && this.current.bytes >= this.limit) await this.close();
    const file = this.files.length;
    if (this.current === undefined) {
      const handle = await open(join(this.folder, nameOf(file)), 'wx');
      this.current = { handle, hash: createHash('sha256'), bytes: 0 };
    }
    const encoded = await this.encode?.(data, height, width);
    const offset = this.current.bytes;
    for (const bytes of encoded === undefined ? [checksums(data, height, width), data] : [encoded.record]) {
      await writeAll(this.current.handle, bytes);
      this.current.hash.update(bytes);
      this.current.bytes += bytes.length;
    }
    const header = encoded && { header: encoded.header };
    return { id, file, offset, height, width, ...classOf(label, id), ...header };
  }

  async close(): Promise<void> {
    if (this.current === undefined) return;
    const { handle, hash, bytes } = this.current;
    this.current = undefined;
    await handle.sync();
    await handle.close();
    this.files.push({ name: nameOf(this.files.length), bytes, sha256: hash.digest('hex') });
  }
}

type Encode = (
  pixels: Uint8Array,
  height: number,
  width: number,
) => Promise<ReturnType<typeof segmentRecord>>;

async function encoder(quality: number): Promise<Encode> {
  if (!(Number.isInteger(quality) && quality >= 1 && quality <= 100))
    throw new UsageError(`Expected a quality from 1 to 100 but received ${quality}.`);
  const codec = await loadJpegCodec();
  if (codec === undefined)
    throw new UsageError(
      'Preparing JPEGs needs libjpeg-turbo: install @julusian/jpeg-turbo or name a library by CUEMIX_TURBOJPEG.',
    );
  return async (pixels, height, width) => {
    const file = await codec.encode(pixels, { width, height }, quality, '420', 1);
    return segmentRecord(file, height, width);
  };
}

function checksums(data: Uint8Array, height: number, width: number): Buffer {
  const sums = Buffer.alloc(checksumBytes(height));
  for (let band = 0; band * BAND < height; band++) {
    const rows = data.subarray(band * BAND * width * 3, (band + 1) * BAND * width * 3);
    sums.writeUInt32LE(crc32(rows), band * 4);
  }
  return sums;
}

function nameOf(file: number): string {
  return `pictures-${String(file).padStart(5, '0')}.bin`;
}

function pixelsOf(image: Raster | undefined, id: string): Uint8Array {
  if (image?.data instanceof Uint8Array && image.axes.join('') === 'yx' && image.shape[2] === 3)
    return image.data;
  throw new UsageError(`Expected pictures of three 8-bit channels to prepare but ${id} is none.`);
}

function classOf(label: Sample['label'], id: string): { classId?: number } {
  if (label === undefined) return {};
  if (label.length === 1) return { classId: label[0]!.classId };
  throw new UsageError(`Expected one class for each picture to prepare but ${id} has ${label.length}.`);
}
