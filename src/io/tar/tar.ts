export { type OpenTarOptions, openRemoteTar, openTar, type TarArchive, type TarEntry } from './tar-read.js';
export { groupSamples, splitMemberName, type TarSample } from './tar-samples.js';
export { type TarMember, type WrittenTar, writeTar } from './tar-write.js';
