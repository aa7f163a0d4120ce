/** Byte positions of the fields in each version: [NIfTI-1, NIfTI-2]. */
export const AT = {
  dim: [40, 16],
  datatype: [70, 12],
  bitpix: [72, 14],
  pixdim: [76, 104],
  voxOffset: [108, 168],
  slope: [112, 176],
  inter: [116, 184],
  calMax: [124, 192],
  calMin: [128, 200],
  sliceDuration: [132, 208],
  toffset: [136, 216],
  sliceStart: [74, 224],
  sliceEnd: [120, 232],
  description: [148, 240],
  auxFile: [228, 320],
  qformCode: [252, 344],
  sformCode: [254, 348],
  quaternion: [256, 352],
  qoffset: [268, 376],
  srow: [280, 400],
  sliceCode: [122, 496],
  xyztUnits: [123, 500],
  intentCode: [68, 504],
  intentName: [328, 508],
  intentParameters: [56, 80],
  dimInfo: [39, 524],
} as const;

/** Writes the fields one after another, in the width that the version has for them. */
export class Fields {
  readonly view: DataView;
  private readonly littleEndian: boolean;
  private readonly wide: boolean;

  constructor(view: DataView, littleEndian: boolean, wide: boolean) {
    this.view = view;
    this.littleEndian = littleEndian;
    this.wide = wide;
  }

  /** float32 in NIfTI-1, float64 in NIfTI-2. */
  reals(at: number, values: readonly number[]): void {
    values.forEach((value, index) => {
      if (this.wide) this.view.setFloat64(at + 8 * index, value, this.littleEndian);
      else this.view.setFloat32(at + 4 * index, value, this.littleEndian);
    });
  }

  /** int16 in NIfTI-1, int64 in NIfTI-2. */
  extents(at: number, values: readonly number[]): void {
    values.forEach((value, index) => {
      if (this.wide) this.view.setBigInt64(at + 8 * index, BigInt(value), this.littleEndian);
      else this.view.setInt16(at + 2 * index, value, this.littleEndian);
    });
  }

  /** int16 in NIfTI-1, int32 in NIfTI-2. */
  code(at: number, value: number): void {
    if (this.wide) this.view.setInt32(at, value, this.littleEndian);
    else this.view.setInt16(at, value, this.littleEndian);
  }

  short(at: number, value: number): void {
    this.view.setInt16(at, value, this.littleEndian);
  }

  /** One byte in NIfTI-1, int32 in NIfTI-2. */
  small(at: number, value: number): void {
    if (this.wide) this.view.setInt32(at, value, this.littleEndian);
    else this.view.setUint8(at, value);
  }

  /** Latin-1, cut to the field. */
  text(at: number, value: string, length: number): void {
    const bytes = Buffer.from(value, 'latin1').subarray(0, length);
    for (const [index, byte] of bytes.entries()) this.view.setUint8(at + index, byte);
  }
}
