import { DecodeError } from '../../../core/errors.js';
import { openInput } from '../../../io/files/open-input.js';

const MAGIC = 'DICM';
const MAGIC_AT = 128;
/** The tag of the voxels, (7FE0,0010), as little-endian files have it; alone, and with its kind (OB, OW). */
const VOXELS = Buffer.from([0xe0, 0x7f, 0x10, 0x00]);
const KINDS = ['OB\0\0', 'OW\0\0'].map((kind) => Buffer.concat([VOXELS, Buffer.from(kind)]));
const UNKNOWN = 0xffffffff;
/** Ends a sequence of unknown length: (FFFE,E0DD), of length 0. */
const END = Buffer.from([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]);
const LARGEST = 2 ** 31 - 1;

/** Refuses a DICOM file whose voxels end early: ITK fills what is missing and says nothing. Other files pass. */
export async function refuseCutDicom(path: string): Promise<void> {
  const { handle, stats } = await openInput(path);
  try {
    const magic = Buffer.alloc(MAGIC.length);
    await handle.read(magic, 0, magic.length, MAGIC_AT);
    if (magic.toString('latin1') !== MAGIC || stats.size > LARGEST) return;
    if (isCut(await handle.readFile()))
      throw new DecodeError('E_TRUNCATED', path, 'it ends before its voxels do.');
  } finally {
    await handle.close();
  }
}

/** Whether the file (PS3.5, section 7.1) is shorter than the length of its last voxel element, or lacks its end. */
function isCut(file: Buffer): boolean {
  const explicit = Math.max(...KINDS.map((kind) => file.lastIndexOf(kind)));
  const at = explicit >= 0 ? explicit + 8 : file.lastIndexOf(VOXELS) + VOXELS.length;
  if (at < VOXELS.length || at + 4 > file.length) return false;
  const length = file.readUInt32LE(at);
  return length === UNKNOWN ? file.indexOf(END, at) < 0 : at + 4 + length > file.length;
}
