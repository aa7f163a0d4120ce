import type { Refuse } from '../refuse.js';

/**
 * The member name `name` without leading `./`, when it is safe as a relative path: no absolute path, no `..`, no
 * backslash, no drive letter, no control character, at most 4,096 bytes.
 * @throws by `refuse` E_PATH
 */
export function safeMemberName(name: string, refuse: Refuse): string {
  const shown = JSON.stringify(name.slice(0, 100));
  const plain = name.replace(/^(?:\.\/+)+/, '');
  const parts = plain.split('/');
  const isBad =
    plain === '' ||
    Buffer.byteLength(plain, 'utf8') > 4096 ||
    // A replacement character means that the bytes were no UTF-8: two different names could look the same.
    /[\p{Cc}\\\ufffd]/u.test(plain) ||
    /^[a-zA-Z]:/.test(plain) ||
    parts.some(
      (part) => part === '' || part === '.' || part === '..' || Buffer.byteLength(part, 'utf8') > 255,
    );
  if (isBad) throw refuse('E_PATH', `its member ${shown} has an unsafe name.`);
  return plain;
}
