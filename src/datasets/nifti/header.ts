import type { NiftiDatatype } from './datatypes.js';

/** Application data that travels in the header; `code` says whose (4 AFNI, 6 comment, …). */
export interface NiftiExtension {
  readonly code: number;
  /** The content, padding included: 16 n - 8 bytes. */
  readonly data: Uint8Array;
}

/** What a NIfTI header says, in the names of the standard; numbers as stored, checked where they steer reading. */
export interface NiftiHeader {
  readonly version: 1 | 2;
  readonly littleEndian: boolean;
  /** Voxels lie in a separate .img file. */
  readonly pair: boolean;
  /** Extents, x first (fastest); 1 to 7 of them. */
  readonly dims: readonly number[];
  readonly datatype: NiftiDatatype;
  /** Byte at which the voxels start in their file. */
  readonly voxOffset: number;
  /** qfac, then the voxel size along each of 7 dimensions. */
  readonly pixdim: readonly number[];
  readonly slope: number;
  readonly inter: number;
  /** 0 to 5; codes that the standard does not have are read as 0, as by nibabel. */
  readonly qformCode: number;
  readonly sformCode: number;
  /** b, c, d of the unit quaternion. */
  readonly quaternion: readonly [number, number, number];
  readonly qoffset: readonly [number, number, number];
  /** Three rows of four: the sform. */
  readonly srow: readonly (readonly number[])[];
  /** Units of space (bits 0-2: 1 m, 2 mm, 3 µm) and time (bits 3-5: 8 s, 16 ms, 24 µs, …). */
  readonly xyztUnits: number;
  readonly intent: { readonly code: number; readonly parameters: readonly number[]; readonly name: string };
  readonly dimInfo: number;
  readonly slice: {
    readonly start: number;
    readonly end: number;
    readonly code: number;
    readonly duration: number;
  };
  readonly calMin: number;
  readonly calMax: number;
  readonly toffset: number;
  readonly description: string;
  readonly auxFile: string;
  /** Oddities that were tolerated, one sentence each. */
  readonly warnings: readonly string[];
}

/** `[slope, inter]` by which stored values become intensities, or undefined where they are the intensities. */
export function scalingOf(
  header: Pick<NiftiHeader, 'slope' | 'inter' | 'datatype'>,
): readonly [number, number] | undefined {
  const { slope, inter, datatype } = header;
  if (datatype.kind === 'colour' || slope === 0 || !Number.isFinite(slope)) return undefined;
  return slope === 1 && inter === 0 ? undefined : [slope, inter];
}

/** Bytes of all voxels. */
export function voxelBytes(header: Pick<NiftiHeader, 'dims' | 'datatype'>): number {
  const { dims, datatype } = header;
  return dims.reduce((product, extent) => product * extent, datatype.bytes * datatype.components);
}
