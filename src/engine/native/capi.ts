import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import type { LibraryHandle, load, TypeObject } from 'koffi';

/** A C function bound by koffi: call it, or call `.async(…, callback)` to run it on another thread. */
type CFunction = ReturnType<ReturnType<typeof load>['func']>;

/** An opaque C pointer, as koffi hands it over. */
export type Pointer = bigint;

/**
 * C functions by the short name that the binding uses: [C symbol, result, arguments]. `*` stands for `void *`, `output`
 * for a TF_Output by value.
 */
const SIGNATURES = {
  version: ['TF_Version', 'const char *', ''],
  newStatus: ['TF_NewStatus', '*', ''],
  deleteStatus: ['TF_DeleteStatus', 'void', '*'],
  code: ['TF_GetCode', 'int', '*'],
  message: ['TF_Message', 'const char *', '*'],
  newContextOptions: ['TFE_NewContextOptions', '*', ''],
  setConfig: ['TFE_ContextOptionsSetConfig', 'void', '*, *, size_t, *'],
  deleteContextOptions: ['TFE_DeleteContextOptions', 'void', '*'],
  newContext: ['TFE_NewContext', '*', '*, *'],
  enableCollectives: ['TFE_EnableCollectiveOps', 'void', '*, *, size_t, *'],
  listDevices: ['TFE_ContextListDevices', '*', '*, *'],
  deleteDeviceList: ['TF_DeleteDeviceList', 'void', '*'],
  deviceCount: ['TF_DeviceListCount', 'int', '*'],
  deviceName: ['TF_DeviceListName', 'const char *', '*, int, *'],
  deviceType: ['TF_DeviceListType', 'const char *', '*, int, *'],
  newOp: ['TFE_NewOp', '*', '*, const char *, *'],
  deleteOp: ['TFE_DeleteOp', 'void', '*'],
  addInput: ['TFE_OpAddInput', 'void', '*, *, *'],
  attrString: ['TFE_OpSetAttrString', 'void', '*, const char *, *, size_t'],
  attrInt: ['TFE_OpSetAttrInt', 'void', '*, const char *, int64_t'],
  attrIntList: ['TFE_OpSetAttrIntList', 'void', '*, const char *, *, int'],
  attrFloat: ['TFE_OpSetAttrFloat', 'void', '*, const char *, float'],
  attrBool: ['TFE_OpSetAttrBool', 'void', '*, const char *, uint8_t'],
  attrType: ['TFE_OpSetAttrType', 'void', '*, const char *, int'],
  attrTypeList: ['TFE_OpSetAttrTypeList', 'void', '*, const char *, *, int'],
  attrShape: ['TFE_OpSetAttrShape', 'void', '*, const char *, *, int, *'],
  execute: ['TFE_Execute', 'void', '*, *, *, *'],
  deleteHandle: ['TFE_DeleteTensorHandle', 'void', '*'],
  handleType: ['TFE_TensorHandleDataType', 'int', '*'],
  handleRank: ['TFE_TensorHandleNumDims', 'int', '*, *'],
  handleDim: ['TFE_TensorHandleDim', 'int64_t', '*, int, *'],
  newHandle: ['TFE_NewTensorHandle', '*', '*, *'],
  copyToDevice: ['TFE_TensorHandleCopyToDevice', '*', '*, *, const char *, *'],
  resolve: ['TFE_TensorHandleResolve', '*', '*, *'],
  allocateTensor: ['TF_AllocateTensor', '*', 'int, *, int, size_t'],
  tensorData: ['TF_TensorData', '*', '*'],
  tensorBytes: ['TF_TensorByteSize', 'size_t', '*'],
  deleteTensor: ['TF_DeleteTensor', 'void', '*'],
  stringInit: ['TF_StringInit', 'void', '*'],
  stringCopy: ['TF_StringCopy', 'void', '*, *, size_t'],
  stringPointer: ['TF_StringGetDataPointer', '*', '*'],
  stringSize: ['TF_StringGetSize', 'size_t', '*'],
  stringDealloc: ['TF_StringDealloc', 'void', '*'],
  newBuffer: ['TF_NewBuffer', '*', ''],
  deleteBuffer: ['TF_DeleteBuffer', 'void', '*'],
  newGraph: ['TF_NewGraph', '*', ''],
  deleteGraph: ['TF_DeleteGraph', 'void', '*'],
  newOperation: ['TF_NewOperation', '*', '*, const char *, const char *'],
  finishOperation: ['TF_FinishOperation', '*', '*, *'],
  addNodeInput: ['TF_AddInput', 'void', '*, output'],
  addNodeInputs: ['TF_AddInputList', 'void', '*, *, int'],
  nodeString: ['TF_SetAttrString', 'void', '*, const char *, *, size_t'],
  nodeInt: ['TF_SetAttrInt', 'void', '*, const char *, int64_t'],
  nodeIntList: ['TF_SetAttrIntList', 'void', '*, const char *, *, int'],
  nodeFloat: ['TF_SetAttrFloat', 'void', '*, const char *, float'],
  nodeBool: ['TF_SetAttrBool', 'void', '*, const char *, uint8_t'],
  nodeType: ['TF_SetAttrType', 'void', '*, const char *, int'],
  nodeTypeList: ['TF_SetAttrTypeList', 'void', '*, const char *, *, int'],
  nodeShape: ['TF_SetAttrShape', 'void', '*, const char *, *, int'],
  nodeTensor: ['TF_SetAttrTensor', 'void', '*, const char *, *, *'],
  opDefinition: ['TF_GraphGetOpDef', 'void', '*, const char *, *, *'],
  outputType: ['TF_OperationOutputType', 'int', 'output'],
  outputRank: ['TF_GraphGetTensorNumDims', 'int', '*, output, *'],
  outputShape: ['TF_GraphGetTensorShape', 'void', '*, output, *, int, *'],
  graphToFunction: [
    'TF_GraphToFunction',
    '*',
    '*, const char *, uint8_t, int, *, int, *, int, *, *, *, const char *, *',
  ],
  deleteFunction: ['TF_DeleteFunction', 'void', '*'],
  addFunction: ['TFE_ContextAddFunction', 'void', '*, *, *'],
  removeFunction: ['TFE_ContextRemoveFunction', 'void', '*, const char *, *'],
} as const satisfies Record<string, readonly [symbol: string, result: string, parameters: string]>;

export type CFunctionName = keyof typeof SIGNATURES;

/** The part of libtensorflow's C API that Cuemix calls, plus the two koffi helpers that read foreign memory. */
export interface CApi {
  readonly functions: Readonly<Record<CFunctionName, CFunction>>;
  /** A view over `bytes` bytes of foreign memory; copy it before the owner frees them. */
  view(pointer: Pointer, bytes: number): ArrayBuffer;
  /** A copy of `bytes` bytes of foreign memory, in a buffer of its own. */
  read(pointer: Pointer, bytes: number): Uint8Array<ArrayBuffer>;
  /** Copies bytes to foreign memory; unlike a view, this leaves nothing for the garbage collector. */
  write(pointer: Pointer, bytes: Uint8Array): void;
  /** A copy of what a TF_Buffer holds. */
  bytes(buffer: Pointer): Uint8Array;
}

/**
 * RTLD_NODELETE | RTLD_NOW: when a thread or the process ends, koffi closes its libraries, and the handlers that
 * TensorFlow left with the C runtime would then be called in memory that is gone.
 */
const STAY_LOADED = (process.platform === 'darwin' ? 0x80 : 0x1000) | 2;

/**
 * Does `action` with the process's standard error closed to it. TensorFlow writes two lines on oneDNN while its library
 * is loaded, before it reads how much it may say.
 */
function silently<T>(libc: LibraryHandle, action: () => T): T {
  const duplicate = libc.func('dup', 'int', ['int']);
  const replace = libc.func('dup2', 'int', ['int', 'int']);
  const kept = duplicate(2) as number;
  if (kept < 0) return action(); // it is closed already
  const nowhere = openSync(devNull, 'w');
  try {
    replace(nowhere, 2);
    return action();
  } finally {
    replace(kept, 2);
    closeSync(kept);
    closeSync(nowhere);
  }
}

/**
 * Loads the libraries in order (framework first) and binds every function of the table.
 * Throws koffi's own error when a file or a symbol is missing.
 */
export async function loadCApi(libraries: readonly string[]): Promise<CApi> {
  // Without it every start prints a page of notices.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
  const isQuiet = Number(process.env.TF_CPP_MIN_LOG_LEVEL) >= 3;
  const { default: koffi } = await import('koffi');
  const open = (): LibraryHandle[] => libraries.map((path) => koffi.load(path, { global: true }));
  let loaded: LibraryHandle[];
  if (process.platform === 'win32') loaded = open();
  else {
    const libc = koffi.load(null);
    loaded = isQuiet ? silently(libc, open) : open();
    const keep = libc.func('dlopen', 'void *', ['const char *', 'int']);
    for (const path of libraries) keep(path, STAY_LOADED);
  }
  const library = loaded.at(-1)!;
  const Output = koffi.struct({ operation: 'void *', index: 'int' });
  const entries = Object.entries(SIGNATURES).map(([name, [symbol, result, parameters]]) => {
    const types = parameters === '' ? [] : parameters.split(', ');
    const typeOf = (type: string): string | TypeObject =>
      type === '*' ? 'void *' : type === 'output' ? Output : type;
    return [name, library.func(symbol, typeOf(result), types.map(typeOf))];
  });
  const Buffer = koffi.struct({ data: 'void *', length: 'size_t', release: 'void *' });
  return {
    functions: Object.fromEntries(entries) as Record<CFunctionName, CFunction>,
    view: (pointer, bytes) => koffi.view(pointer, bytes),
    read: (pointer, bytes) => koffi.decode(pointer, 'uint8_t', bytes) as Uint8Array<ArrayBuffer>,
    write: (pointer, bytes) => koffi.encode(pointer, 'uint8_t', bytes, bytes.length),
    bytes: (buffer) => {
      const { data, length } = koffi.decode(buffer, Buffer) as { data: Pointer; length: number | bigint };
      return length === 0 ? new Uint8Array() : new Uint8Array(koffi.view(data, Number(length))).slice();
    },
  };
}
