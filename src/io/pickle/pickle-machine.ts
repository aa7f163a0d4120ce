import type { Refuse } from '../refuse.js';
import type { PickleDict, PickleGlobal, PickleList, PickleTuple, PickleValue } from './pickle-values.js';

// A state dict needs about 60 operations per tensor: these caps hold for ten thousand tensors and more.
const MAX_STACK = 200_000;
const MAX_OBJECTS = 500_000;
const MAX_MEMO = 500_000;
const MAX_TEXT = 1 << 20;

interface Kinds {
  readonly list: PickleList;
  readonly tuple: PickleTuple;
  readonly dict: PickleDict;
  readonly global: PickleGlobal;
}

/** Whether `value` is the container or name of that kind. */
export function isKind<K extends keyof Kinds>(value: PickleValue | undefined, kind: K): value is Kinds[K] {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}

/** The reading position, stack and memo of one running pickle; every access is checked and capped. */
export class PickleMachine {
  readonly refuse: Refuse;
  readonly #buffer: Buffer;
  readonly #memo = new Map<number, PickleValue>();
  #stack: PickleValue[] = [];
  /** The stacks below each open mark. */
  readonly #below: PickleValue[][] = [];
  #belowSize = 0;
  #objects = 0;
  #at: number;

  constructor(bytes: Uint8Array, start: number, refuse: Refuse) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
    this.refuse = refuse;
  }

  get position(): number {
    return this.#at;
  }

  get memoSize(): number {
    return this.#memo.size;
  }

  broken(how: string): Error {
    return this.refuse('E_FORMAT', `its pickle ${how} (byte ${this.#at}).`);
  }

  /** The next `length` bytes. */
  bytes(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#buffer.length) throw this.#cut();
    const taken = this.#buffer.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  uint8(): number {
    const value = this.#buffer[this.#at];
    if (value === undefined) throw this.#cut();
    this.#at++;
    return value;
  }

  uint16(): number {
    return this.bytes(2).readUInt16LE();
  }

  uint32(): number {
    return this.bytes(4).readUInt32LE();
  }

  text(length: number): string {
    if (length > MAX_TEXT) throw this.refuse('E_TOO_LARGE', `its pickle holds a text of ${length} bytes.`);
    return this.bytes(length).toString('utf8');
  }

  line(): string {
    const end = this.#buffer.indexOf(0x0a, this.#at);
    if (end < 0) throw this.refuse('E_TRUNCATED', 'its pickle ends inside a line.');
    const text = this.text(end - this.#at);
    this.#at = end + 1;
    return text;
  }

  /** A two's complement number of `length` bytes. */
  long(length: number): number | bigint {
    const digits = this.bytes(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(digits[i]!);
    value = BigInt.asIntN(8 * length, value);
    const small = Number(value);
    return Number.isSafeInteger(small) ? small : value;
  }

  push(value: PickleValue): void {
    if (this.#stack.length + this.#belowSize >= MAX_STACK) throw this.#tooHigh();
    if (typeof value === 'object' && value !== null && ++this.#objects > MAX_OBJECTS) {
      throw this.refuse('E_TOO_LARGE', `its pickle makes more than ${MAX_OBJECTS} objects.`);
    }
    this.#stack.push(value);
  }

  pop(): PickleValue {
    const value = this.#stack.pop();
    if (value === undefined) throw this.broken('takes from an empty stack');
    return value;
  }

  popMany(count: number): PickleValue[] {
    const items = new Array<PickleValue>(count);
    for (let i = count - 1; i >= 0; i--) items[i] = this.pop();
    return items;
  }

  mark(): void {
    // A mark counts as a value, or a long run of marks would evade the cap.
    this.#belowSize += this.#stack.length + 1;
    if (this.#belowSize > MAX_STACK) throw this.#tooHigh();
    this.#below.push(this.#stack);
    this.#stack = [];
  }

  popMark(): PickleValue[] {
    const below = this.#below.pop();
    if (below === undefined) throw this.broken('closes a mark that was never set');
    const items = this.#stack;
    this.#stack = below;
    this.#belowSize -= below.length + 1;
    return items;
  }

  /** The last value, when nothing else is left. */
  finish(): PickleValue {
    const value = this.pop();
    if (this.#stack.length > 0 || this.#below.length > 0) throw this.broken('leaves values behind');
    return value;
  }

  append(items: readonly PickleValue[]): void {
    const list = this.#stack.at(-1);
    if (!isKind(list, 'list')) throw this.broken('appends to something that is no list');
    for (const item of items) list.items.push(item);
  }

  assign(pairs: readonly PickleValue[]): void {
    const dict = this.#stack.at(-1);
    if (!isKind(dict, 'dict') || pairs.length % 2 !== 0)
      throw this.broken('sets items of something that is no dict');
    for (let i = 0; i < pairs.length; i += 2) {
      const key = pairs[i];
      if (typeof key !== 'string' && typeof key !== 'number')
        throw this.broken('has a key that is no text or number');
      dict.entries.set(String(key), pairs[i + 1]!);
    }
  }

  /** Drops the state that a BUILD would give to a dict: a state dict's layer versions, which weights do not need. */
  ignoreState(): void {
    const state = this.pop();
    if (isKind(state, 'dict') && isKind(this.#stack.at(-1), 'dict')) return;
    throw this.refuse('E_UNSAFE', 'its pickle sets the inner state of an object. Nothing was executed.');
  }

  remember(index: number): void {
    const value = this.#stack.at(-1);
    if (value === undefined) throw this.broken('remembers a value of an empty stack');
    this.#memo.set(index, value);
    if (this.#memo.size > MAX_MEMO) throw this.refuse('E_TOO_LARGE', 'its pickle remembers too many values.');
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw this.broken(`recalls value ${index}, which was never remembered`);
    this.push(value);
  }

  #cut(): Error {
    return this.refuse('E_TRUNCATED', 'its pickle ends too early.');
  }

  #tooHigh(): Error {
    return this.refuse('E_TOO_LARGE', 'its pickle stack grows too high.');
  }
}
