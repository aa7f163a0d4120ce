import { REGRID_MODULE } from './simd-module.js';

const PAGE = 65536;
/** Memory, in bytes, that is kept for the next volume; what grew larger is given back. */
const KEPT = 192 * 1024 * 1024;

/** The part of WebAssembly that is used here: Node has it, its types do not. */
interface WebAssemblyApi {
  readonly Memory: new (descriptor: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
}

/** Functions of kernels/regrid.as.ts. Addresses, offsets and strides are bytes. */
interface Functions {
  readonly tile: (
    kind: number,
    shift: number,
    count: number,
    tiles: number,
    m: number,
    rows: number,
    f: number,
    columns: number,
    line: number,
    out: number,
    sx: number,
    sm: number,
    along: number,
  ) => void;
  readonly range: (at: number, n: number, result: number) => void;
  readonly line: (
    at: number,
    n: number,
    subtract: number,
    gain: number,
    add: number,
    low: number,
    high: number,
  ) => void;
}

/** SIMD functions and the memory that they work in. */
export interface Kernel extends Functions {
  readonly buffer: ArrayBuffer;
}

let compiled: object | undefined;
let idle: Kernel | undefined;

/** A kernel with at least `bytes` of memory, for this caller alone until it is given back. */
export function borrowKernel(bytes: number): Kernel {
  const ready = idle;
  idle = undefined;
  if (ready !== undefined && ready.buffer.byteLength >= bytes) return ready;
  const { WebAssembly: api } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };
  compiled ??= new api.Module(Buffer.from(REGRID_MODULE, 'base64'));
  const memory = new api.Memory({ initial: Math.ceil(bytes / PAGE) });
  const instance = new api.Instance(compiled, { env: { memory } });
  return { ...(instance.exports as Functions), buffer: memory.buffer };
}

/** Lets the next caller have it. */
export function returnKernel(kernel: Kernel): void {
  if (kernel.buffer.byteLength <= KEPT) idle = kernel;
}
