import { expect, it } from 'vitest';
import { DecodeError, printable, StorageError } from '../../src/core/errors.js';

it('spells out what a terminal would obey', () => {
  expect(printable('a\u001b[31mb\u0007\u202ec\td\n')).toBe('a\\u001b[31mb\\u0007\\u202ec\td\n');
  expect(new StorageError('E_PATH', 'no \u001b]0;x').message).toBe('no \\u001b]0;x');
});

it('keeps a name with a line break on one line', () => {
  expect(new DecodeError('E_EMPTY', 'a\nb.jpg', 'it is empty.').message).toBe(
    'Cannot decode a\\nb.jpg: it is empty.',
  );
});
