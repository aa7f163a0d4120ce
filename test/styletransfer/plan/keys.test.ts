import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyMaker, safeName } from '../../../src/styletransfer/plan/keys.js';

const ODD = [
  '..',
  '.',
  '',
  ' ',
  'a/b',
  'a\\b',
  '\0',
  'con',
  'CON.txt',
  'nul',
  '<img src=x onerror=alert(1)>',
  'é'.repeat(300),
  '日本語',
  '-rf',
  'a\nb',
  'x.',
  '🦆',
];

describe('safeName', () => {
  it.each(ODD)('makes %j safe', (name) => {
    const safe = safeName(name);
    expect(safe).toMatch(/^[\p{L}\p{N}\p{M}_-][\p{L}\p{N}\p{M}._-]*$/u);
    expect(safe).not.toMatch(/^(con|nul)(\.|$)/i);
    expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(110);
  });

  it('keeps usual names as they are', () => {
    for (const name of ['n01440764', 'ILSVRC2012_val_00000293', 'Ünïcode', 'a-b.c'])
      expect(safeName(name)).toBe(name);
  });

  it('is safe for any text, and stable', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (name) => {
        const safe = safeName(name);
        expect(safe).not.toMatch(/[/\\\0\n<>"'&]|^\.|^$/);
        expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(110);
        expect(safeName(name)).toBe(safe);
      }),
    );
  });
});

describe('KeyMaker', () => {
  it('never gives two identities names that a file system may take for one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'A', 'é', 'e\u0301', 'É', 'ﬁ', 'fi', '?', '*', '_', 'a_', 'a?')),
        (wishes) => {
          const maker = new KeyMaker();
          const names = wishes.map((wish, place) => maker.name(wish, String(place)));
          const folded = names.map((name) => name.normalize('NFKC').toLowerCase());
          expect(new Set(folded).size).toBe(wishes.length);
        },
      ),
    );
  });

  it('gives one identity one name', () => {
    const maker = new KeyMaker();
    expect([maker.name('a', '1'), maker.name('A', '2'), maker.name('a', '1')]).toEqual([
      'a',
      expect.stringMatching(/^A-/),
      'a',
    ]);
  });
});
