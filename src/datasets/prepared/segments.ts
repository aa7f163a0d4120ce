import { crc32 } from 'node:zlib';
import { BAND, checksumBytes } from './format.js';

/**
 * JPEGs of which any rectangle can be decoded without the rest: 4:2:0, baseline, with a restart marker after every block
 * of 16 x 16 pixels (MCU). A record is, in little endian: the CRC-32 of the blocks of each band of two rows of them; that
 * of all up to the first block; for each row of blocks, and for the end, where it starts, from the first block on (u32);
 * the length of each block with its marker (u16); the header of the JPEG; the blocks.
 */

/** Pixels along a side of a block. */
export const BLOCK = 16;
const MARKER = 0xff;
const FRAME = 0xc0;
const SCAN = 0xda;
const RESTART = 0xd0;
const END = 0xd9;

/** Where the parts of a record are, from its beginning. */
export interface SegmentLayout {
  /** Blocks along the sides. */
  readonly rows: number;
  readonly columns: number;
  /** Of the checksum of the index, of the rows' starts, of the blocks' lengths, of the header, of the first block. */
  readonly checksum: number;
  readonly starts: number;
  readonly lengths: number;
  readonly header: number;
  readonly blocks: number;
}

/** See {@link SegmentLayout}; `header` is the bytes of the JPEG's. */
export function segmentLayout(height: number, width: number, header: number): SegmentLayout {
  const [rows, columns] = [Math.ceil(height / BLOCK), Math.ceil(width / BLOCK)];
  const checksum = checksumBytes(height);
  const starts = checksum + 4;
  const lengths = starts + 4 * (rows + 1);
  const at = lengths + 2 * rows * columns;
  return { rows, columns, checksum, starts, lengths, header: at, blocks: at + header };
}

/** The record of a JPEG as described above, and the bytes of its header. Throws RangeError for any other file. */
export function segmentRecord(
  jpeg: Uint8Array,
  height: number,
  width: number,
): { readonly record: Buffer; readonly header: number } {
  const file = Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.length);
  const header = markers(file).blocks;
  const layout = segmentLayout(height, width, header);
  const { rows, columns } = layout;
  const record = Buffer.alloc(layout.blocks + file.length - header);
  file.copy(record, layout.header);
  let start = header;
  for (let block = 0; block < rows * columns; block++) {
    if (block % columns === 0) record.writeUInt32LE(start - header, layout.starts + (block / columns) * 4);
    let end = file.indexOf(MARKER, start);
    while (end >= 0 && file[end + 1] === 0) end = file.indexOf(MARKER, end + 2); // a byte of data, not a marker
    const expected = block === rows * columns - 1 ? END : RESTART + (block % 8);
    if (end < 0 || file[end + 1] !== expected) throw new RangeError('Expected a marker after each block.');
    record.writeUInt16LE(end + 2 - start, layout.lengths + block * 2);
    start = end + 2;
  }
  record.writeUInt32LE(start - header, layout.starts + rows * 4);
  for (let band = 0; band * BAND < height; band++)
    record.writeUInt32LE(crc32(bandOf(record, layout, band, layout.blocks)), band * 4);
  record.writeUInt32LE(indexChecksum(record, layout), layout.checksum);
  return { record, header };
}

/** CRC-32 of a record's index, which `bytes` begin with, but for its own. */
export function indexChecksum(bytes: Buffer, { starts, blocks }: SegmentLayout): number {
  return crc32(bytes.subarray(starts, blocks));
}

/** Where a row of blocks starts, from the first block on. */
export function rowStart(index: Buffer, { starts, rows }: SegmentLayout, row: number): number {
  return index.readUInt32LE(starts + Math.min(row, rows) * 4);
}

const ROWS = BAND / BLOCK;

/** The blocks of a band in bytes that hold the first row of blocks at `first`. */
function bandOf(bytes: Buffer, layout: SegmentLayout, band: number, first: number): Buffer {
  const [from, to] = [rowStart(bytes, layout, band * ROWS), rowStart(bytes, layout, (band + 1) * ROWS)];
  return bytes.subarray(first + from, first + to);
}

/** The first of `bands` whose checksum is wrong; `blocks` begin with the first one of band `from`. */
export function damagedBand(
  index: Buffer,
  layout: SegmentLayout,
  blocks: Buffer,
  from: number,
  bands: readonly number[],
): number | undefined {
  const first = rowStart(index, layout, from * ROWS);
  for (const band of bands) {
    const [start, end] = [rowStart(index, layout, band * ROWS), rowStart(index, layout, (band + 1) * ROWS)];
    if (crc32(blocks.subarray(start - first, end - first)) !== index.readUInt32LE(band * 4)) return band;
  }
  return undefined;
}

/** Blocks from `top` up to `bottom` and from `left` up to `right`. */
export interface BlockRange {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/**
 * A JPEG of some blocks, put at the start of `into`, which is long enough for the index and the rows. `data` are the
 * record's blocks from byte `from` of them on. Throws RangeError where the index makes no sense.
 */
export function cutSegments(
  index: Buffer,
  layout: SegmentLayout,
  size: { readonly height: number; readonly width: number },
  range: BlockRange,
  data: Buffer,
  from: number,
  into: Buffer,
): Buffer {
  const { rows, columns } = layout;
  const { top, bottom, left, right } = range;
  const head = index.subarray(layout.header, layout.blocks);
  const { frame } = markers(head);
  head.copy(into);
  into.writeUInt16BE((bottom === rows ? size.height : bottom * BLOCK) - top * BLOCK, frame + 5);
  into.writeUInt16BE((right === columns ? size.width : right * BLOCK) - left * BLOCK, frame + 7);
  let at = head.length;
  let count = 0;
  for (let row = top; row < bottom; row++) {
    let length = layout.lengths + row * columns * 2;
    let start = rowStart(index, layout, row) - from;
    for (const end = length + left * 2; length < end; length += 2) start += index.readUInt16LE(length);
    const first = at;
    for (const end = length + (right - left) * 2; length < end; length += 2) at += index.readUInt16LE(length);
    if (start < 0 || start + at - first > data.length || at > into.length)
      throw new RangeError('The lengths of blocks do not fit the rows.');
    data.copy(into, first, start, start + at - first);
    // Markers are numbered anew, backwards from the row's last.
    count += right - left;
    for (let place = at, one = count - 1; place > first; one--) {
      into[place - 1] = RESTART + (one % 8);
      length -= 2;
      place -= index.readUInt16LE(length);
    }
  }
  into[at - 1] = END;
  return into.subarray(0, at);
}

/** Where the frame's marker is, and where the first scan's data begin. */
function markers(file: Buffer): { readonly frame: number; readonly blocks: number } {
  let frame = -1;
  for (let at = 2; at + 4 <= file.length; at += 2 + file.readUInt16BE(at + 2)) {
    if (file[at] !== MARKER) break;
    if (file[at + 1] === FRAME) frame = at;
    if (file[at + 1] === SCAN && frame >= 0) {
      const blocks = at + 2 + file.readUInt16BE(at + 2);
      if (blocks <= file.length) return { frame, blocks };
      break;
    }
  }
  throw new RangeError('Expected the header of a baseline JPEG.');
}
