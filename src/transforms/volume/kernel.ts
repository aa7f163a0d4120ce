import { instantiate } from '../../core/simd/wasm.js';
import { REGRID_MODULE } from './simd-module.js';

/** Memory, in bytes, that is kept for the next volume; what grew larger is given back. */
const KEPT = 192 * 1024 * 1024;
/** Where voxels begin; below lie the kernel's results. */
export const VOXELS = 64;

/** Functions of kernels/regrid.as.ts. Addresses, offsets and strides are bytes. */
interface Functions {
  readonly blend: (
    kind: number,
    count: number,
    m: number,
    rows: number,
    offsets: number,
    planes: number,
    strips: number,
    pitch: number,
  ) => void;
  readonly slab: (
    count: number,
    strips: number,
    pairs: number,
    long: number,
    f: number,
    columns: number,
    line: number,
    out: number,
    sx: number,
    st: number,
    range: number,
  ) => void;
  readonly line: (
    at: number,
    n: number,
    to: number,
    subtract: number,
    gain: number,
    add: number,
    low: number,
    high: number,
  ) => void;
}

/** SIMD functions and the memory that they work in. */
export interface Kernel extends Functions {
  /** At least `bytes` of memory; earlier views of it are void where it has to grow. */
  reserve(bytes: number): ArrayBuffer;
}

let idle: Kernel | undefined;

/** A kernel for this caller alone until it is given back. */
export function borrowKernel(): Kernel {
  const ready = idle;
  idle = undefined;
  if (ready !== undefined) return ready;
  const { functions, reserve } = instantiate<Functions>(REGRID_MODULE);
  return { ...functions, reserve };
}

/** Lets the next caller have it. */
export function returnKernel(kernel: Kernel): void {
  if (kernel.reserve(0).byteLength <= KEPT) idle = kernel;
}

/** Kernels whose memory holds somebody's voxels. */
const holders = new WeakMap<ArrayBufferLike, Kernel>();

/** Memory for voxels from which `resampleSimd` reads without a copy. */
export interface VoxelRoom {
  readonly bytes: Uint8Array;
  /** Gives the memory back: the voxels are void then, as they are once they were resampled. */
  release(): void;
}

/** Room for `bytes` of voxels. */
export function voxelRoom(bytes: number): VoxelRoom {
  const kernel = borrowKernel();
  const buffer = kernel.reserve(VOXELS + bytes);
  holders.set(buffer, kernel);
  return {
    bytes: new Uint8Array(buffer, VOXELS, bytes),
    release() {
      holders.delete(buffer);
      returnKernel(kernel);
    },
  };
}

/** The kernel in whose memory voxels lie, if they lie in a {@link voxelRoom}. */
export function holderOf(buffer: ArrayBufferLike): Kernel | undefined {
  return holders.get(buffer);
}
