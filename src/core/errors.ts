/**
 * Every error that the library throws on purpose. The message is one sentence (or two): what was expected, where,
 * what came, then what to do. `code` is a stable string that programs and quarantine lists may rely on.
 */
export class CuemixError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(printable(message), options);
    this.name = new.target.name;
    this.code = code;
  }
}

/**
 * A text whose control characters, and marks that turn the direction of writing, are spelled out (`\u001b`): names of
 * files may hold them, and a terminal would obey. Line ends and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, (mark) =>
    mark === '\n' || mark === '\t' ? mark : `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The caller asked for something impossible or contradictory: an option, a flag, a combination. CLI exit code 2. */
export class UsageError extends CuemixError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('E_USAGE', message, options);
  }
}

/** A dataset folder, manifest or index is not what it should be. */
export class DatasetError extends CuemixError {}

/** One input file cannot be decoded; `path` names it. Codes: E_FORMAT, E_TRUNCATED, E_TOO_LARGE, E_TIMEOUT, … */
export class DecodeError extends CuemixError {
  readonly path: string;

  constructor(code: string, path: string, reason: string, options?: { cause?: unknown }) {
    super(code, `Cannot decode ${path.replaceAll('\n', '\\n')}: ${reason}`, options);
    this.path = path;
  }
}

/** A tensor or array has another shape than the one that `name` needs. */
export class ShapeError extends CuemixError {
  constructor(name: string, expected: readonly number[], received: readonly number[], where = '') {
    const from = where === '' ? '' : ` from ${where}`;
    super('E_SHAPE', `Expected shape [${expected}] for ${name} but received [${received}]${from}.`);
  }
}

/** A weights file, checkpoint or prepared array is damaged, unsafe or does not fit. */
export class CheckpointError extends CuemixError {}

/** The tensor engine is missing, cannot do what was asked, or failed. */
export class EngineError extends CuemixError {}

/** A file on disk cannot be written, is locked by another process, or fails verification. */
export class StorageError extends CuemixError {}

/** A transform failed on one sample or batch; the message names both. Code E_TRANSFORM. */
export class TransformError extends CuemixError {
  readonly transform: string;

  constructor(transform: string, where: string, reason: string, options?: { cause?: unknown }) {
    super('E_TRANSFORM', `Transform ${transform} failed on ${where}: ${reason}`, options);
    this.transform = transform;
  }
}
