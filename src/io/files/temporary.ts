import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

// Short on purpose: a name made from the target's could pass the file system's 255 bytes.
const TEMPORARY = /^\.cuemix-\d+-[0-9a-f]{16}\.tmp$/;

/** A fresh name for a temporary file or folder in `folder` (the target's own, since rename cannot cross devices). */
export function temporaryPath(folder: string): string {
  return join(folder, `.cuemix-${process.pid}-${randomBytes(8).toString('hex')}.tmp`);
}

/** Whether a name is one that {@link temporaryPath} gives. */
export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}
