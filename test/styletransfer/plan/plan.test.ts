import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContentInput, StyleInput } from '../../../src/styletransfer/plan/pairing.js';
import { groupsOfShard, type Plan, planDataset } from '../../../src/styletransfer/plan/plan.js';
import { parseRecipe, parseShard, type RecipeInput } from '../../../src/styletransfer/plan/recipe.js';

function contentsOf(classes: number, perClass: number, size = 64): ContentInput[] {
  return Array.from({ length: classes * perClass }, (_, place) => {
    const classId = Math.floor(place / perClass);
    const className = `c${classId}`;
    return {
      key: `${className}/${place}.jpg`,
      className,
      classId,
      width: size + (place % 3),
      height: size,
      bytes: 100 + place,
    };
  });
}

function plan(input: RecipeInput, contents: ContentInput[], styles: readonly StyleInput[] = contents): Plan {
  return planDataset(parseRecipe(input), contents, styles);
}

describe('random pairing', () => {
  it('pairs each content with different styles of other classes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 5 }),
        fc.integer({ min: 2, max: 6 }),
        fc.integer(),
        (classes, perClass, seed) => {
          const contents = contentsOf(classes, perClass);
          const { outputs } = plan({ styles: 'self', stylesPerImage: 2, seed }, contents);
          expect(outputs.length).toBe(2 * contents.length);
          for (const { content, style } of outputs) {
            expect(contents[style]!.classId).not.toBe(contents[content]!.classId);
          }
          const pairs = new Set(outputs.map(({ content, style }) => `${content} ${style}`));
          expect(pairs.size).toBe(outputs.length);
        },
      ),
    );
  });

  it('draws by the name of the content, so that other pictures do not matter', () => {
    const contents = contentsOf(3, 5);
    const styles = contentsOf(2, 20).map((style) => ({ ...style, className: 'art', classId: null }));
    const all = plan({}, contents, styles).outputs.map(({ content, style }) => [
      contents[content]!.key,
      style,
    ]);
    const few = contents.filter((_, place) => place % 2 === 0);
    const some = plan({}, few, styles).outputs.map(({ content, style }) => [few[content]!.key, style]);
    expect(all).toEqual(expect.arrayContaining(some));
  });

  it('draws styles evenly', () => {
    const styles = contentsOf(1, 10).map((style) => ({ ...style, className: 'art', classId: null }));
    const counts = new Array<number>(10).fill(0);
    for (const { style } of plan({}, contentsOf(10, 500), styles).outputs) counts[style]!++;
    const chi = counts.reduce((sum, n) => sum + (n - 500) ** 2 / 500, 0);
    expect(chi).toBeLessThan(33.7); // 9 degrees of freedom, p = 1e-4
  });

  it('draws another style for an unreadable one, none twice, until there is none', () => {
    const contents = contentsOf(2, 4);
    const { outputs, redraw } = plan({ styles: 'self', stylesPerImage: 2 }, contents);
    const [first, second] = outputs;
    const refused = new Set([first!.style]);
    for (let turn = 0; turn < 2; turn++) {
      const next = redraw(first!, refused)!;
      expect(refused.has(next) || next === second!.style || next === first!.content).toBe(false);
      refused.add(next);
    }
    expect(redraw(first!, refused)).toBeUndefined();
  });

  it('says when there are too few styles', () => {
    expect(() => plan({ styles: 'self' }, contentsOf(1, 1))).toThrow(
      'Expected at least 1 style for c0/0.jpg',
    );
    expect(() => plan({ styles: 'self', stylesPerImage: 6 }, contentsOf(2, 5))).toThrow('of another class');
  });
});

describe('stratified pairing', () => {
  it('fills every cell off the diagonal with the same number, pictures used evenly', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 5 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer(),
        (classes, perCell, seed) => {
          const contents = contentsOf(classes, 4);
          const { outputs } = plan({ styles: 'self', pairing: 'stratified', perCell, seed }, contents);
          const cells = new Map<string, number>();
          const uses = new Array<number>(contents.length).fill(0);
          for (const { content, style } of outputs) {
            const cell = `${contents[content]!.className} ${contents[style]!.className}`;
            cells.set(cell, (cells.get(cell) ?? 0) + 1);
            uses[content]!++;
          }
          expect(cells.size).toBe(classes * (classes - 1));
          expect(new Set(cells.values())).toEqual(new Set([perCell]));
          expect(Math.max(...uses) - Math.min(...uses)).toBeLessThanOrEqual(1);
          expect(new Set(outputs.map(({ content, style }) => `${content} ${style}`)).size).toBe(
            outputs.length,
          );
        },
      ),
    );
  });

  it('refuses more than there are pairs, and sets without classes', () => {
    const input = { styles: 'self', pairing: 'stratified' } as const;
    expect(() => plan({ ...input, perCell: 10 }, contentsOf(2, 3))).toThrow('has 9 different pairs');
    expect(() => plan(input, contentsOf(1, 3))).toThrow('sort the pictures into a folder for each class');
  });
});

describe('groups and batches', () => {
  it('hold every output once, of one size and strength, in few batch sizes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom<RecipeInput['size']>('keep', { width: 32, height: 32 }, { short: 40 }),
        (batch, group, size) => {
          const { groups, outputs } = plan(
            { styles: 'self', batch, group, size, alpha: [0.5, 1] },
            contentsOf(3, 13, 200),
          );
          expect(groups.flatMap((g) => g.outputs)).toEqual(outputs);
          for (const { outputs: members, batches } of groups) {
            const places = batches.flat().sort((a, b) => a - b);
            expect(places).toEqual(members.map((_, place) => place));
            for (const places of batches) {
              expect(new Set(places.map((place) => members[place]!.alpha)).size).toBe(1);
              expect(places.length === batch || Number.isInteger(Math.log2(places.length))).toBe(true);
            }
          }
        },
      ),
    );
  });

  it('are divided among the parts without rest', () => {
    const whole = plan({ styles: 'self', group: 2 }, contentsOf(3, 7));
    const parts = [1, 2, 3].map((index) => groupsOfShard(whole, { index, count: 3 }));
    expect(parts.flat().sort((a, b) => a.index - b.index)).toEqual(whole.groups);
  });

  it('give each output its own name, also for pictures called alike', () => {
    const base = contentsOf(1, 4);
    const keys = ['a/x.jpg', 'a/x.png', 'a/b/x.jpg', 'a/X.jpg'];
    const contents = base.map((content, place) => ({ ...content, key: keys[place]!, className: '<a>' }));
    const styles = contentsOf(2, 3);
    const names = plan({ stylesPerImage: 2 }, contents, styles).outputs.map(({ name }) => name.toLowerCase());
    expect(new Set(names).size).toBe(8);
    expect(names[0]).toBe('_a_/x-0');
  });
});

describe('the hash of a plan', () => {
  it('changes with recipe and inputs only', () => {
    const contents = contentsOf(2, 3);
    const hash = (input: RecipeInput, list = contents) => plan({ styles: 'self', ...input }, list).hash;
    expect(hash({})).toBe(hash({}));
    expect(hash({ seed: 1 })).not.toBe(hash({}));
    expect(hash({ quality: 80 })).not.toBe(hash({}));
    expect(hash({}, [...contents.slice(1), contents[0]!])).not.toBe(hash({}));
    expect(hash({}, [{ ...contents[0]!, bytes: 1 }, ...contents.slice(1)])).not.toBe(hash({}));
  });
});

describe('recipes', () => {
  it('name what is wrong', () => {
    expect(() => parseRecipe({ gamma: 2 })).toThrow('gamma');
    expect(() => parseRecipe({ perCell: 2 })).toThrow('stratified');
    expect(() => parseRecipe({ pairing: 'stratified', sameClass: 'allow' })).toThrow('one class');
    expect(parseShard('3/8')).toEqual({ index: 3, count: 8 });
    for (const text of ['0/2', '3/2', '1', 'a/b', '1/2/3']) expect(() => parseShard(text)).toThrow('i/n');
  });
});
