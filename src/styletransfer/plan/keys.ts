import { createHash } from 'node:crypto';

const MAX_BYTES = 96; // leaves room for suffixes and extensions under the usual limit of 255 bytes a name
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

/**
 * A file or folder name that is safe on every usual file system: NFC, letters, digits, `.`, `_`, `-` and other scripts'
 * letters kept, everything else `_`; no leading dot, no reserved name, at most 96 bytes. Different names may give the
 * same safe name: see {@link KeyMaker}.
 */
export function safeName(name: string): string {
  const clean = name
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}\p{M}._-]+/gu, '_')
    .replace(/^[.\s]+/, '_')
    .replace(/[. ]+$/, '_');
  const short = truncate(clean, MAX_BYTES);
  if (short === '' || RESERVED.test(short.split('.')[0]!)) return `_${short}`;
  return short;
}

function truncate(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  const digest = shortHash(text);
  let kept = '';
  let size = digest.length + 1;
  for (const character of text) {
    size += Buffer.byteLength(character);
    if (size > bytes) break;
    kept += character;
  }
  return `${kept}-${digest}`;
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 10);
}

/** What two names that a file system may take for the same have in common (case, Unicode form). */
function folded(name: string): string {
  return name.normalize('NFKC').toLowerCase().normalize('NFKC');
}

/**
 * Hands out safe names of which no two collide, even where case or Unicode form is ignored. The name depends on what
 * was asked before, so ask in the order of the plan. `identity` is what the name stands for: asking for one identity
 * twice gives one name.
 */
export class KeyMaker {
  private readonly owners = new Map<string, string>();
  private readonly names = new Map<string, string>();

  /** A name like `wish` for `identity`, other than all names given for other identities. */
  name(wish: string, identity = wish): string {
    const known = this.names.get(identity);
    if (known !== undefined) return known;
    const base = safeName(wish);
    let name = base;
    for (let round = 0; this.owners.has(folded(name)); round++) {
      name = `${base}-${shortHash(`${round}\0${identity}`)}`;
    }
    this.owners.set(folded(name), identity);
    this.names.set(identity, name);
    return name;
  }
}
