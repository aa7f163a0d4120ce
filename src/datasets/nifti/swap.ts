import { endianness } from 'node:os';

/** True where this machine stores the lowest byte first. */
export const LITTLE_ENDIAN_HOST: boolean = endianness() === 'LE';

/** Reverses the bytes of every `size`-byte value in place; a size of 1 changes nothing. */
export function swapBytes(bytes: Uint8Array, size: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (size === 2) buffer.swap16();
  else if (size === 4) buffer.swap32();
  else if (size === 8) buffer.swap64();
}
