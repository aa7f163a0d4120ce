import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../../src/cli/program.js';
import { temporaryFolder, writeTree } from '../helpers/fixtures.js';
import { recordOutput } from './recorder.js';

let root = '';
let remove = async (): Promise<void> => undefined;
const HEAD = 'subj,object_response,category,imagename';

beforeAll(async () => {
  ({ path: root, remove } = await temporaryFolder());
  const rows = (name: string, ...decisions: string[]) =>
    [HEAD, ...decisions.map((decision, at) => `${name},${decision},cat,cat${at + 1}-dog1.png`)].join('\n');
  await writeTree(root, {
    'net.csv': rows('net', 'cat', 'dog', 'dog', 'car'),
    'other.csv': rows('other', 'cat', 'cat', 'dog', 'car'),
    'people/subject-1.csv': rows('s1', 'cat', 'cat', 'cat', 'na'),
    'people/subject-2.csv': rows('s2', 'cat', 'cat', 'dog', 'cat'),
    'broken.csv': `${HEAD}\nnet,cat,cat`,
  });
});
afterAll(() => remove());

async function call(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const output = recordOutput();
  const code = await run(['eval', ...argv], output);
  return { code, out: output.stdout, err: output.stderr };
}

it('scores tables side by side and compares them with people', async () => {
  const [net, other, people, out] = ['net.csv', 'other.csv', 'people', 'out'].map((name) =>
    join(root, name),
  ) as [string, string, string, string];
  const {
    code,
    out: text,
    err,
  } = await call(net, '--vs', other, '--humans', people, '--out', out, '--replicates', '20');
  expect([code, err]).toEqual([0, '']);
  expect(text).toMatch(/^net +4 +33\.3 \(.*\) +75\.0 /m);
  expect(text).toMatch(/^2 people +8 +85\.7 /m);
  const files = (await readdir(out)).sort();
  expect(files).toEqual([
    'decisions-net-cue-conflict.csv',
    'decisions-other-cue-conflict.csv',
    'report.html',
    'results.json',
    'shape-bias.svg',
  ]);
  const again = await call(join(out, files[0]!), '--json', '--replicates', '20');
  const [first] = JSON.parse(await readFile(join(out, 'results.json'), 'utf8')).models;
  expect(JSON.parse(again.out).models[0].tests[0].scores).toEqual(first.tests[0].scores);
});

it('is the same for one seed, and another for another', async () => {
  const figures = async (seed: string) =>
    JSON.parse((await call(join(root, 'net.csv'), '--json', '--seed', seed, '--replicates', '100')).out)
      .models;
  expect(await figures('1')).toEqual(await figures('1'));
  expect(await figures('1')).not.toEqual(await figures('other'));
});

it.each([
  [
    'a short row',
    ['broken.csv'],
    1,
    /Line 2 of .*broken\.csv, column "imagename": expected 4 cells but received 3/,
  ],
  ['nothing there', ['nowhere.npy'], 2, /there is nothing at/],
  ['an impossible length', ['net.csv', '--epsilon', '2/0'], 2, /Option --epsilon cannot be "2\/0"/],
  ['an unknown test', ['net.csv', '--tests', 'clean,magic'], 2, /Option --tests cannot be "clean,magic"/],
])('refuses %s', async (_, [file, ...rest], expected, message) => {
  const { code, err, out } = await call(join(root, file!), ...rest);
  expect([code, out]).toEqual([expected, '']);
  expect(err).toMatch(message);
});
