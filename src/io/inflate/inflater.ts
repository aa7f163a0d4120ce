import { instantiate } from '../../core/simd/wasm.js';
import { INFLATE_MODULE } from './inflate-module.js';

/** Function of kernels/inflate.as.ts. Addresses. */
interface Functions {
  inflate(start: number, limit: number, available: number): number;
}

// Where things lie in the kernel's memory; its own constants are below the state, its tables above (inflate-tables.as.ts).
const STATE = 4096;
const INPUT = 49920;
const INPUT_BYTES = 512 * 1024;
const OUTPUT = INPUT + INPUT_BYTES + 2048;
/** How far back DEFLATE may refer. */
const WINDOW = 32768;
const LIMIT = OUTPUT + WINDOW + 256 * 1024;
const END = LIMIT + 512; // the kernel may write a little beyond the limit

/** The longest header of a block is shorter. */
const HEADER = 1024;

// Words of the kernel's state
const NEXT = STATE / 4;
const TO = NEXT + 1;
const STATE_WORDS = 8;

/** What {@link Inflater.run} stopped for. */
export type Stop = 'end' | 'output' | 'input' | 'damage';

/** Inflates raw DEFLATE in WebAssembly: compressed bytes go in and plain ones come out, piece by piece. */
export class Inflater {
  private readonly functions: Functions;
  private readonly bytes: Uint8Array;
  private readonly words: Uint32Array;
  /** Compressed bytes that are not used yet: from `start` to `end`, addresses. */
  private start = INPUT;
  private end = INPUT;
  private last = false;
  private from = OUTPUT;

  constructor() {
    const { functions, reserve } = instantiate<Functions>(INFLATE_MODULE);
    this.functions = functions;
    const buffer = reserve(END);
    this.bytes = new Uint8Array(buffer);
    this.words = new Uint32Array(buffer);
  }

  /** Forgets all input. */
  reset(): void {
    this.start = this.end = INPUT;
    this.last = false;
  }

  /** Compressed bytes that are there and not used yet. */
  get waiting(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }

  /** Whether all input has been given. */
  get exhausted(): boolean {
    return this.last;
  }

  /** Drops waiting bytes: those between streams, which are not DEFLATE. */
  drop(count: number): void {
    this.start += count;
  }

  /** Where to put more input; say with {@link give} how much came. Moves what waits, which makes views of it void. */
  room(): Uint8Array {
    this.bytes.copyWithin(INPUT, this.start, this.end);
    this.words[NEXT]! += INPUT - this.start;
    this.end += INPUT - this.start;
    this.start = INPUT;
    return this.bytes.subarray(this.end, INPUT + INPUT_BYTES);
  }

  /** `count` bytes were put into the {@link room}; 0 tells that there are no more. */
  give(count: number): void {
    this.end += count;
    if (count > 0) return;
    this.last = true;
    this.bytes.fill(0, this.end, this.end + 2 * HEADER);
  }

  /** Begins a stream at the first waiting byte. */
  begin(): void {
    this.words.fill(0, NEXT, NEXT + STATE_WORDS);
    this.words[NEXT] = this.start;
    this.words[TO] = this.from = OUTPUT;
  }

  /** Goes on with the stream; {@link output} holds what it made until the next call. */
  run(): Stop {
    const { words, bytes, functions } = this;
    this.from = words[TO]!;
    if (this.from >= LIMIT) {
      bytes.copyWithin(OUTPUT, this.from - WINDOW, this.from);
      this.from = words[TO] = OUTPUT + WINDOW;
    }
    const available = this.last ? this.end + 64 : this.end - HEADER;
    const result = functions.inflate(OUTPUT, LIMIT, available);
    this.start = words[NEXT]!;
    if (result === 2) return 'damage';
    if (result === 0) return this.start > this.end ? 'damage' : 'end';
    if (words[TO]! >= LIMIT) return 'output';
    return this.last ? 'damage' : 'input'; // it ends too early
  }

  /** What the last {@link run} made. */
  get output(): Uint8Array {
    return this.bytes.subarray(this.from, this.words[TO]!);
  }
}
