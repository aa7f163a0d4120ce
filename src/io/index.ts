export {
  type AtomicOptions,
  sweepTemporary,
  withAtomicFile,
  withAtomicFolder,
  writeFileAtomic,
} from './files/atomic.js';
export { sha256, sha256File } from './files/hash.js';
export { formatJsonLines, type JsonLine, type JsonLinesOptions, readJsonLines } from './files/jsonl.js';
export { type Lock, type LockOptions, lockFolder } from './files/lock.js';
export { cachedCopy, type DownloadCache } from './http/download.js';
export { fetchRange, type HttpOptions, isUrl } from './http/http.js';
export { expandPattern } from './pattern.js';
export { readPth, withoutPrefix, writePth } from './pickle/pth.js';
export * from './tar/tar.js';
export type { DType, NamedArray, TensorFile } from './tensors/dtype.js';
export { fromFloat32, toFloat32 } from './tensors/float.js';
export { readNpy, writeNpy } from './tensors/npy.js';
export { readNpz, writeNpz } from './tensors/npz.js';
export { readSafetensors, type SafetensorsOptions, writeSafetensors } from './tensors/safetensors.js';
export { type ReadWeightsOptions, readWeights, writeWeights } from './tensors/weights.js';
export { type Extracted, type ExtractOptions, openZip, type ZipEntry, type ZipFile } from './zip/zip.js';
