import type { Refuse } from '../refuse.js';

/** Size of tar's unit; headers take one, contents are padded to a multiple. */
export const BLOCK = 512;

/** The fields of one header block that a reader of regular files needs. */
export interface TarHeader {
  readonly name: string;
  /** Bytes of content that follow. */
  readonly size: number;
  /** The type flag: '0' regular file, '5' folder, 'x' pax, 'g' global pax, 'L' GNU long name, … */
  readonly type: string;
}

const text = (block: Buffer, start: number, length: number): string => {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
};

/** An octal field, or GNU's base-256 form for numbers that do not fit. */
function number(block: Buffer, start: number, length: number, what: string, refuse: Refuse): number {
  const first = block[start]!;
  if (first & 0x80) {
    if (first !== 0x80) throw refuse('E_FORMAT', `a tar header has a negative ${what}.`);
    let value = 0n;
    for (let at = start + 1; at < start + length; at++) value = (value << 8n) | BigInt(block[at]!);
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      throw refuse('E_TOO_LARGE', `a tar header has a ${what} of ${value}.`);
    return Number(value);
  }
  const digits = block
    .toString('latin1', start, start + length)
    .replace(/[\0 ]+$/, '')
    .trimStart();
  if (!/^[0-7]*$/.test(digits)) throw refuse('E_FORMAT', `a tar header has an unreadable ${what}.`);
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

/** Whether a block's checksum is right: of bytes, or of signed ones, as some old programs added them. */
function isSummed(block: Buffer, claimed: number): boolean {
  let [sum, high] = [8 * 0x20, 0]; // the checksum field itself counts as blanks
  for (let at = 0; at < BLOCK; at++) {
    if (at >= 148 && at < 156) continue;
    sum += block[at]!;
    if (block[at]! > 127) high++;
  }
  return claimed === sum || claimed === sum - 256 * high;
}

/**
 * Reads a header block, of POSIX, GNU or Unix V7; undefined for a block of zeros, which ends an archive.
 * @throws by `refuse` E_FORMAT (checksum, numbers), E_UNSUPPORTED, E_TOO_LARGE
 */
export function parseTarHeader(block: Buffer, refuse: Refuse): TarHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  if (!isSummed(block, number(block, 148, 8, 'checksum', refuse))) {
    throw refuse('E_FORMAT', 'a tar header fails its checksum; the file is damaged or no tar archive.');
  }
  const isOld = block.subarray(257).every((byte) => byte === 0);
  if (!isOld && block.toString('latin1', 257, 262) !== 'ustar')
    throw refuse('E_UNSUPPORTED', 'a tar header is of an unknown form, neither ustar nor Unix V7.');
  const isPosix = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isPosix ? text(block, 345, 155) : '';
  const name = (prefix === '' ? '' : `${prefix}/`) + text(block, 0, 100);
  const size = number(block, 124, 12, 'size', refuse);
  const flag = String.fromCharCode(block[156]!);
  // V7 marks a regular file by a zero, and folders by their name alone; '7' is a file that lies in one piece.
  const isFile = flag === '\0' || flag === '0' || flag === '7';
  return { name, size, type: isFile ? (name.endsWith('/') && size === 0 ? '5' : '0') : flag };
}

/**
 * Reads the records of a pax header (`LENGTH key=value\n`).
 * @throws by `refuse` E_FORMAT
 */
export function parsePax(content: Buffer, refuse: Refuse): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < content.length; ) {
    const match = /^(\d{1,9}) ([^=\n]+)=/.exec(content.toString('utf8', at, at + 300));
    const end = at + Number(match?.[1]);
    if (match === null || !(end <= content.length) || content[end - 1] !== 0x0a) {
      throw refuse('E_FORMAT', 'a pax header is damaged.');
    }
    const start = at + Buffer.byteLength(match[0], 'utf8');
    if (start > end - 1) throw refuse('E_FORMAT', 'a pax header is damaged.');
    records.set(match[2]!, content.toString('utf8', start, end - 1));
    at = end;
  }
  return records;
}
