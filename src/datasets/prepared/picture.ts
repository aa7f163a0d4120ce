import { crc32 } from 'node:zlib';
import { DatasetError } from '../../core/errors.js';
import { type Patch, sourceOf, takeRegion } from '../../core/region.js';
import { wholeOf } from '../../core/regions.js';
import type { Raster } from '../../core/sample.js';
import { pixelRoom } from '../../core/simd/resample-kernel.js';
import type { Region } from '../../core/transform.js';
import type { TurboJpeg } from '../../engine/turbojpeg.js';
import { decodeImage } from '../decode/image.js';
import { decodeJpeg } from '../decode/jpeg.js';
import { checkSize, DEFAULTS, type Limits } from '../decode/limits.js';
import type { LoadContext } from '../loader.js';
import { BAND, checksumBytes, type PreparedSample } from './format.js';
import { PositionedFiles } from './positioned.js';
import { Proven } from './proven.js';
import {
  BLOCK,
  type BlockRange,
  cutSegments,
  damagedBand,
  indexChecksum,
  rowStart,
  type SegmentLayout,
  segmentLayout,
} from './segments.js';

/** A picture of a prepared set, its file and its place in the set. */
export type PreparedItem = Omit<PreparedSample, 'file'> & { readonly file: string; readonly ordinal: number };

/** Chroma is interpolated from neighbours: so far around a region, blocks take part in its pixels. */
const MARGIN = 2;

/**
 * Pictures of a prepared set, of which only what a region needs is read. Each band's checksum is proven when it is read
 * for the first time, by whichever thread; of bands that were proven, only the rows that are needed are read.
 */
export class PreparedPictures {
  private readonly files = new PositionedFiles();
  private readonly proven: Proven;
  private readonly limits: Limits;
  private index = Buffer.alloc(0);
  private blocks = Buffer.alloc(0);
  private cut = Buffer.alloc(0);

  /** @param proven see {@link Proven.memory} */
  constructor(resampler: 'exact' | 'fast', proven: SharedArrayBuffer) {
    this.proven = new Proven(proven);
    this.limits = { ...DEFAULTS, maxPixels: 2 ** 30, maxSide: 65_500, resampler };
  }

  close(): void {
    this.files.close();
  }

  /** What `region` names of a picture of plain bytes. Throws DatasetError E_HASH, E_TRUNCATED. */
  takeRows(one: PreparedItem, region: Region | undefined, room: LoadContext['room']): Raster {
    const wanted = region ?? wholeOf(one.height, one.width);
    const { top, height } = sourceOf(wanted);
    return takeRegion(this.rows(one, top, top + height), wanted, this.limits.resampler, room);
  }

  private rows(one: PreparedItem, first: number, last: number): Patch {
    const { file, offset, height, width, ordinal } = one;
    const [from, to] = [Math.floor(first / BAND), Math.ceil(last / BAND)];
    const missing = this.proven.missing(ordinal, from, to);
    const known = missing.length === 0;
    const top = known ? first : from * BAND;
    const end = known ? last : Math.min(height, to * BAND);
    const stride = width * 3;
    const data = pixelRoom((end - top) * stride);
    this.files.read(file, offset + checksumBytes(height) + top * stride, data);
    if (!known) {
      const sums = this.indexRoom(checksumBytes(height));
      this.files.read(file, offset, sums);
      for (const band of missing) {
        const start = (band * BAND - top) * stride;
        if (crc32(data.subarray(start, start + BAND * stride)) !== sums.readUInt32LE(band * 4))
          throw damaged(one, `checksum of rows from ${band * BAND}`);
      }
      this.proven.add(ordinal, missing);
    }
    return { data, offset: 0, stride, height: end - top, width, top };
  }

  /** The same of a picture that was encoded again with a header of so many bytes. */
  takeBlocks(
    turbo: TurboJpeg,
    one: PreparedItem,
    header: number,
    region: Region | undefined,
    room: LoadContext['room'],
  ): Raster {
    const layout = this.layoutOf(one, header);
    const wanted = region ?? wholeOf(one.height, one.width);
    const { top, left, height, width } = sourceOf(wanted);
    const range = {
      top: Math.floor(Math.max(0, top - MARGIN) / BLOCK),
      bottom: Math.min(layout.rows, Math.ceil((top + height + MARGIN) / BLOCK)),
      left: Math.floor(Math.max(0, left - MARGIN) / BLOCK),
      right: Math.min(layout.columns, Math.ceil((left + width + MARGIN) / BLOCK)),
    };
    const bytes = this.jpeg(one, layout, range);
    const moved = { ...wanted, top: wanted.top - range.top * BLOCK, left: wanted.left - range.left * BLOCK };
    const context = { region: () => moved, ...(room && { room }) };
    const decoded = decodeJpeg(turbo, bytes, one.id, this.limits, context);
    if (decoded === undefined) throw damaged(one, 'the decoder refuses it');
    return decoded.raster;
  }

  /** A whole picture that was encoded again, by the general decoder. */
  async decodeWhole(one: PreparedItem, header: number): Promise<Raster> {
    const layout = this.layoutOf(one, header);
    const range = { top: 0, bottom: layout.rows, left: 0, right: layout.columns };
    const bytes = Buffer.from(this.jpeg(one, layout, range));
    return (await decodeImage({ bytes, name: one.id }, this.limits)).raster;
  }

  private layoutOf({ id, height, width }: PreparedItem, header: number): SegmentLayout {
    checkSize({ width, height, isProgressive: false, format: 'jpeg' }, NOTHING, id, this.limits);
    return segmentLayout(height, width, header);
  }

  /** A JPEG of the blocks in `range`, in memory that is used again. */
  private jpeg(one: PreparedItem, layout: SegmentLayout, range: BlockRange): Buffer {
    const { file, offset, height, width, ordinal } = one;
    const index = this.indexRoom(layout.blocks);
    this.files.read(file, offset, index);
    const [from, to] = [Math.floor((range.top * BLOCK) / BAND), Math.ceil((range.bottom * BLOCK) / BAND)];
    const missing = this.proven.missing(ordinal, from, to);
    const known = missing.length === 0;
    if (!known && indexChecksum(index, layout) !== index.readUInt32LE(layout.checksum))
      throw damaged(one, 'checksum of its index');
    const rows = known ? [range.top, range.bottom] : [(from * BAND) / BLOCK, (to * BAND) / BLOCK];
    const [first, last] = [rowStart(index, layout, rows[0]!), rowStart(index, layout, rows[1]!)];
    if (last <= first) throw damaged(one, 'its rows lie in no order');
    if (this.blocks.length < last - first) this.blocks = Buffer.allocUnsafeSlow((last - first) * 2);
    const blocks = this.blocks.subarray(0, last - first);
    this.files.read(file, offset + layout.blocks + first, blocks);
    if (!known) {
      const band = damagedBand(index, layout, blocks, from, missing);
      if (band !== undefined) throw damaged(one, `checksum of rows from ${band * BAND}`);
      this.proven.add(ordinal, missing);
    }
    const most = layout.blocks + blocks.length;
    if (this.cut.length < most) this.cut = Buffer.allocUnsafeSlow(most * 2);
    try {
      return cutSegments(index, layout, { height, width }, range, blocks, first, this.cut);
    } catch (cause) {
      throw damaged(one, 'its index makes no sense', cause);
    }
  }

  private indexRoom(bytes: number): Buffer {
    if (this.index.length < bytes) this.index = Buffer.allocUnsafeSlow(bytes * 2);
    return this.index.subarray(0, bytes);
  }
}

const NOTHING = new Uint8Array();

function damaged({ id, file }: PreparedItem, what: string, cause?: unknown): DatasetError {
  return new DatasetError('E_HASH', `The pixels of ${id} in ${file} are damaged (${what}).`, { cause });
}
