export type { VolumeEntry, VolumeListing } from './entries.js';
export { type ImportOptions, importVolume, readForeign } from './foreign/import.js';
export type { ForeignImage, ForeignReader } from './foreign/reader.js';
export type { ScanGeometry } from './geometry.js';
export { listScans } from './list.js';
export { type PreprocessData, preprocessSchema } from './schemas.js';
export { type VolumeDataset, type VolumesOptions, volumes } from './volumes.js';
