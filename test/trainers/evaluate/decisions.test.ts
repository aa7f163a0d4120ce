import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CueDecision,
  cuesOf,
  decideCategory,
  decisionsCsv,
  errorConsistency,
  evaluate,
  readDecisions,
  SIXTEEN_CATEGORIES,
  shapeBias,
  stimulusOf,
} from '../../../src/trainers/evaluate/index.js';

const HEAD = 'subj,session,trial,rt,object_response,category,condition,imagename';
const row = (decision: string, category: string, image: string, subject = 'net') =>
  `${subject},1,1,NaN,${decision},${category},0,0001_s5n_dnn_0_${category}_00_${image}`;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuemix-decisions-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function table(...lines: string[]): Promise<string> {
  const path = join(folder, `table-${Math.abs(hash(lines.join('\n')))}.csv`);
  await writeFile(path, `${lines.join('\n')}\n`);
  return path;
}

function hash(text: string): number {
  return [...text].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) | 0, 7);
}

const cue = fc.record({
  shape: fc.constantFrom('cat', 'dog', 'car'),
  texture: fc.constantFrom('cat', 'dog', 'car'),
  decision: fc.constantFrom('cat', 'dog', 'car', 'na', 'zebra'),
});

describe('names of stimuli', () => {
  it.each([
    ['0001_s5n_dnn_0_airplane_00_airplane1-bicycle2.png', 'airplane', 'bicycle'],
    ['bird/bird10-bear2.png', 'bird', 'bear'],
    ['a\\b\\cat-dog3.jpg', 'cat', 'dog'],
  ])('%s', (name, shape, texture) => {
    expect(cuesOf(name)).toEqual({ shape, texture });
  });

  it('leaves other names alone', () => {
    expect(cuesOf('n01440764/ILSVRC2012_val_00000293.JPEG')).toBeUndefined();
    expect(stimulusOf('x/1_2_cat1-dog1.png')).toBe('cat1-dog1.png');
  });
});

describe('decisions by mean probability', () => {
  it('favours no category for its size', () => {
    const logits = new Float32Array(1000);
    logits[404] = 3; // the only class of airplane
    expect(decideCategory(logits, SIXTEEN_CATEGORIES)).toBe('airplane');
    for (const index of SIXTEEN_CATEGORIES.get('dog')!) logits[index] = 2.9;
    expect(decideCategory(logits, SIXTEEN_CATEGORIES)).toBe('airplane');
  });

  it('takes the first of equals, and survives large logits', () => {
    expect(decideCategory(new Float32Array(1000), SIXTEEN_CATEGORIES)).toBe('airplane');
    const two = new Map([
      ['b', [0, 1]],
      ['a', [2]],
    ]);
    expect(decideCategory([1000, 1000, 1000], two)).toBe('b');
    expect(() => decideCategory([0, 0], two)).toThrow(/class 2 for category a .* 2 classes/);
  });

  it('has the 16 published categories', () => {
    expect([...SIXTEEN_CATEGORIES.keys()]).toHaveLength(16);
    const all = [...SIXTEEN_CATEGORIES.values()].flat();
    expect(new Set(all).size).toBe(all.length);
    expect(SIXTEEN_CATEGORIES.get('truck')).toEqual([555, 569, 656, 675, 717, 734, 864, 867]);
  });
});

describe('shape bias', () => {
  it('does not depend on the order of the rows', () => {
    fc.assert(
      fc.property(fc.array(cue, { minLength: 1, maxLength: 40 }), fc.nat(), (cues, shift) => {
        const rows = cues.map((one, at): CueDecision => ({ observer: 'x', stimulus: String(at), ...one }));
        const turned = rows.map((_, at) => rows[(at + shift) % rows.length]!);
        const options = { replicates: 20, seed: 3 };
        expect(shapeBias(turned, options)).toEqual(shapeBias(rows, options));
      }),
      { numRuns: 30 },
    );
  });

  it('leaves congruent rows out and pools', () => {
    const rows = [
      ['cat', 'cat', 'cat'],
      ['cat', 'dog', 'cat'],
      ['cat', 'dog', 'dog'],
      ['dog', 'car', 'dog'],
      ['dog', 'car', 'na'],
    ].map(([shape, texture, decision], at): CueDecision => {
      return { observer: 'x', stimulus: String(at), shape: shape!, texture: texture!, decision: decision! };
    });
    const scores = shapeBias(rows);
    expect(scores).toMatchObject({ rows: 5, conflictRows: 4, congruentRows: 1, otherDecisions: 1 });
    expect(scores.shapeBias.value).toBeCloseTo(2 / 3, 12);
    expect(scores.coverage.value).toBe(0.75);
    expect(scores.accuracy.value).toBe(0.6);
    expect(scores.meanOfCategories).toBe(0.75);
    expect(Object.keys(scores.perCategory)).toEqual(['cat', 'dog']);
    const none = shapeBias([{ observer: 'x', stimulus: '1', shape: 'a', texture: 'b', decision: 'c' }]);
    expect(none.shapeBias).toEqual({ value: null, low: null, high: null });
  });

  it('has the kappa of the paper', () => {
    const make = (observer: string, right: string) =>
      [...right].map((digit, at): CueDecision => {
        return {
          observer,
          stimulus: String(at),
          shape: 'a',
          texture: 'b',
          decision: digit === '1' ? 'a' : 'b',
        };
      });
    const { kappa, observed, expected, n } = errorConsistency(make('p', '1100'), make('q', '1010'));
    expect([n, observed, expected, kappa.value]).toEqual([4, 0.5, 0.5, 0]);
    expect(errorConsistency(make('p', '1111'), make('q', '1111')).kappa.value).toBe(1);
    expect(errorConsistency(make('p', '1110'), make('q', '1110')).kappa.value).toBe(1);
    expect(() => errorConsistency(make('p', '1'), [])).toThrow(/both decided/);
  });
});

describe('tables of decisions', () => {
  it('read model-vs-human, in any order of rows and columns', async () => {
    const lines = [
      row('cat', 'cat', 'cat1-dog1.png'),
      row('dog', 'cat', 'cat2-dog2.png'),
      row('NaN', 'dog', 'dog1-cat1.png'),
    ];
    const first = await readDecisions(await table(HEAD, ...lines));
    const other = await readDecisions(await table(HEAD, ...lines.toReversed()));
    expect(first).toMatchObject({ kind: 'cues', observers: ['net'], unanswered: 1, odd: [] });
    if (first.kind !== 'cues' || other.kind !== 'cues') throw new Error('no cues');
    expect(shapeBias(other.rows)).toEqual(shapeBias(first.rows));
    const own = await readDecisions(
      await table('texture,decision,shape,image', 'dog,cat,cat,x/1.png', 'cat,cat,dog,x/2.png'),
    );
    expect(own.kind === 'cues' && shapeBias(own.rows)).toMatchObject({
      shapeDecisions: 1,
      textureDecisions: 1,
    });
  });

  it('come back as they were written', async () => {
    const rows: CueDecision[] = [
      { observer: 'a, "b"', stimulus: 'cat1-dog1.png', shape: 'cat', texture: 'dog', decision: 'cat' },
      { observer: 'a, "b"', stimulus: 'x/y.jpg', shape: 'dog', texture: 'cat', decision: 'na' },
    ];
    const path = join(folder, 'written.csv');
    await writeFile(path, decisionsCsv(rows));
    expect(await readDecisions(path)).toMatchObject({ kind: 'cues', rows });
    const plain = [{ observer: 'n', id: 'n01/1.png', label: 'n01', decision: 'n02' }];
    await writeFile(path, decisionsCsv(plain));
    expect(await readDecisions(path)).toMatchObject({ kind: 'classes', rows: plain });
  });

  it('count decisions that are no category as other, and say so', async () => {
    const path = await table(HEAD, row('zebra', 'cat', 'cat1-dog1.png'), row('dog', 'cat', 'cat2-dog1.png'));
    const { evaluation } = await evaluate({ inputs: [path], replicates: 10 });
    const [test] = evaluation.models[0]!.tests;
    expect(test).toMatchObject({ scores: { otherDecisions: 1, textureDecisions: 1 } });
    expect(evaluation.notices).toEqual([
      expect.stringMatching(/"zebra" in line 2 .*column "object_response"/),
    ]);
  });

  it.each([
    ['nothing', [''], /is empty/],
    ['no rows', [HEAD], /rows below the header/],
    ['no decisions', ['imagename,category', 'a,b'], /Line 1 .* column object_response/],
    ['a short row', [HEAD, 'net,1,1'], /Line 2 .*column "rt": expected 8 cells but received 3/],
    [
      'semicolons',
      ['imagename;category', 'a;b'],
      /separated by commas .* line 1 has one, "imagename;category"/,
    ],
    ['a quote that does not end', [HEAD, '"net,1'], /line 2: /i],
    [
      'a column twice',
      ['imagename,imagename,object_response', 'a,b,c'],
      /Line 1 .*column "imagename".*differ/,
    ],
    [
      'a name without cues',
      [HEAD, row('cat', 'cat', 'cat1-dog1.png'), row('cat', 'cat', 'other.png')],
      /Line 3 .*column "imagename": expected a name such as/,
    ],
    [
      'a category that is not the name’s',
      [HEAD, row('cat', 'cat', 'cat1-dog1.png'), row('cat', 'dog', 'cat2-dog1.png')],
      /Line 3 .*column "category": expected cat/,
    ],
    [
      'one picture twice',
      [HEAD, row('cat', 'cat', 'cat1-dog1.png'), row('dog', 'cat', 'cat1-dog1.png')],
      /Line 3 .*column "imagename": net decided cat1-dog1.png in line 2/,
    ],
    [
      'no texture',
      ['image,shape,texture,decision', 'a,cat,,dog'],
      /Line 2 .*column "texture": expected a category/,
    ],
  ])('refuse %s', async (_, lines, message) => {
    await expect(readDecisions(await table(...lines))).rejects.toThrow(message);
  });

  it('keep duplicates, or the first, when told', async () => {
    const path = await table(HEAD, row('cat', 'cat', 'cat1-dog1.png'), row('dog', 'cat', 'cat1-dog1.png'));
    expect((await readDecisions(path, { duplicates: 'keep' })).rows).toHaveLength(2);
    expect((await readDecisions(path, { duplicates: 'first' })).rows).toMatchObject([{ decision: 'cat' }]);
    const pooled = await table(
      HEAD,
      row('cat', 'cat', 'cat1-dog1.png'),
      row('dog', 'cat', 'cat1-dog1.png', 'other'),
    );
    expect((await readDecisions(pooled)).observers).toEqual(['net', 'other']);
  });
});
