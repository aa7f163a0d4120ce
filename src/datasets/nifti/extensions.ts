import { DecodeError } from '../../core/errors.js';
import type { NiftiExtension } from './header.js';

/** Extensions longer than this together are refused: they are text, not voxels. */
export const EXTENSION_LIMIT = 64 * 1024 * 1024;

/**
 * Splits the bytes between the fixed header and the voxels into extensions. Stops, with a warning, at the first one
 * whose size cannot be true, so that damaged extensions never cost the volume.
 *
 * @param bytes from the four flag bytes on, up to the voxels
 */
export function parseExtensions(
  bytes: Uint8Array,
  littleEndian: boolean,
  path: string,
): { extensions: readonly NiftiExtension[]; warnings: readonly string[] } {
  if (bytes.length > EXTENSION_LIMIT) {
    throw new DecodeError(
      'E_TOO_LARGE',
      path,
      `its extensions take ${bytes.length} bytes; the limit is ${EXTENSION_LIMIT}.`,
    );
  }
  const extensions: NiftiExtension[] = [];
  if (bytes.length < 12 || bytes[0] === 0) return { extensions, warnings: [] };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 4;
  while (at + 8 <= bytes.length) {
    const size = view.getInt32(at, littleEndian);
    if (size < 8 || size > bytes.length - at) {
      return {
        extensions,
        warnings: [
          `extension ${extensions.length + 1} says it has ${size} bytes; it and what follows are left out.`,
        ],
      };
    }
    extensions.push({ code: view.getInt32(at + 4, littleEndian), data: bytes.slice(at + 8, at + size) });
    at += size;
  }
  return { extensions, warnings: [] };
}
