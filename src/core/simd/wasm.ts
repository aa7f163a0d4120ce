/** Linear memory of WebAssembly. */
interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** The part of WebAssembly that is used here: Node has it, its types do not. */
interface WebAssemblyApi {
  readonly Memory: new (descriptor: { readonly initial: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
}

const PAGE = 65536;
const compiled = new Map<string, object>();

/** Functions of a module and the memory that they work in. */
interface WasmInstance<F> {
  readonly functions: F;
  /** At least `bytes` of memory; earlier views of it are void where it has to grow. */
  reserve(bytes: number): ArrayBuffer;
}

/** A new instance of one of the modules that scripts/build-simd.mjs makes; it is compiled once per thread. */
export function instantiate<F>(base64: string): WasmInstance<F> {
  const { WebAssembly: api } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };
  const module = compiled.get(base64) ?? new api.Module(Buffer.from(base64, 'base64'));
  compiled.set(base64, module);
  const memory = new api.Memory({ initial: 1 });
  const { exports } = new api.Instance(module, { env: { memory } });
  return {
    functions: exports as F,
    reserve(bytes) {
      const missing = Math.ceil((bytes - memory.buffer.byteLength) / PAGE);
      if (missing > 0) memory.grow(missing);
      return memory.buffer;
    },
  };
}
