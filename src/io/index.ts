export {
  type AtomicOptions,
  sweepTemporary,
  withAtomicFile,
  withAtomicFolder,
  writeFileAtomic,
} from './atomic.js';
export { cachedCopy, type DownloadCache } from './download.js';
export type { DType, NamedArray, TensorFile } from './dtype.js';
export { fromFloat32, toFloat32 } from './float.js';
export { sha256, sha256File } from './hash.js';
export { fetchRange, type HttpOptions, isUrl } from './http.js';
export { formatJsonLines, type JsonLine, type JsonLinesOptions, readJsonLines } from './jsonl.js';
export { type Lock, type LockOptions, lockFolder } from './lock.js';
export { readNpy, writeNpy } from './npy.js';
export { readNpz, writeNpz } from './npz.js';
export { expandPattern } from './pattern.js';
export { readPth, withoutPrefix, writePth } from './pth.js';
export { readSafetensors, type SafetensorsOptions, writeSafetensors } from './safetensors.js';
export * from './tar.js';
export { type ReadWeightsOptions, readWeights, writeWeights } from './weights.js';
export { type Extracted, type ExtractOptions, openZip, type ZipEntry, type ZipFile } from './zip.js';
