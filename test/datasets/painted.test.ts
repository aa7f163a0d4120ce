import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dual, hard } from '../../src/core/label.js';
import { openDataset } from '../../src/datasets/open.js';
import { stream } from '../../src/datasets/stream/stream.js';
import { writeTar } from '../../src/io/tar/tar.js';
import { encode, temporaryFolder, writeTree } from '../helpers/fixtures.js';
import { useBuiltWorker } from '../helpers/stream-worker.js';

let place: Awaited<ReturnType<typeof temporaryFolder>>;
let picture: Uint8Array;
beforeAll(async () => {
  place = await temporaryFolder();
  picture = await encode({ shape: 'disc', texture: 'dots', width: 24, height: 24 });
  await useBuiltWorker();
});
afterAll(() => place.remove());

const HEAD = { format: 'cuemix-dataset', classes: ['cross', 'disc'], plan: {} };
const FIRST = { path: 'images/disc/a.png', votes: dual(1, 0, 0.75), alpha: 1 };
const SECOND = { path: 'images/disc/b.png', votes: [{ classId: 1, weight: 1, cue: 'shape' }], alpha: 1 };

/** A folder as `cuemix stylize` leaves it. */
async function dataset(name: string, head: object, lines: readonly object[]) {
  await writeTree(place.path, {
    [`${name}/dataset.json`]: JSON.stringify(head),
    [`${name}/manifest.jsonl`]: lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
    [`${name}/sheet.jpg`]: 'beside the class folders',
    [`${name}/images/disc/a.png`]: picture,
    [`${name}/images/disc/b.png`]: picture,
  });
  return openDataset(join(place.path, name));
}

it('takes the labels of shape and texture from the manifest, also in worker threads', async () => {
  const found = await dataset('whole', HEAD, [FIRST, SECOND]);
  expect(found.classes).toEqual(['cross', 'disc']);
  expect(found.entry!(0)).toEqual({ id: FIRST.path, label: FIRST.votes });
  for (const workers of [0, 1]) {
    const labels = [];
    for await (const { label } of stream(found, { workers })) labels.push(label);
    expect(labels).toHaveLength(2);
    expect(labels).toEqual(expect.arrayContaining([FIRST.votes, SECOND.votes]));
  }
});

it('refuses, by line, what is not as expected', async () => {
  const astray = { ...FIRST, path: '../x.png' };
  await expect(dataset('astray', HEAD, [SECOND, astray])).rejects.toThrow(/Line 2 of .* leaves the folder/);
  const strange = { ...FIRST, votes: hard(2) };
  await expect(dataset('strange', HEAD, [strange])).rejects.toThrow(
    /Line 1 .* class from 0 to 1 but received 2/,
  );
  await expect(dataset('heavy', HEAD, [{ ...FIRST, votes: [{ classId: 0, weight: 7 }] }])).rejects.toThrow(
    /line 1/,
  );
  await expect(dataset('empty', HEAD, [])).rejects.toMatchObject({ code: 'E_EMPTY' });
  await expect(dataset('other', { format: 'other' }, [FIRST])).rejects.toMatchObject({ code: 'E_FORMAT' });
});

it('opens shards with the labels of the manifest, also in worker threads', async () => {
  const root = join(place.path, 'packed');
  const votes = [dual(1, 0, 0.75), hard(1)];
  const lines = votes.map((told, at) => ({
    path: 'shards/000000.tar',
    member: `0000000${at}.png`,
    votes: told,
  }));
  await writeTree(root, {
    'dataset.json': JSON.stringify(HEAD),
    'manifest.jsonl': lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
    'sheet.jpg': 'beside the shards',
    'shards/.keep': '',
  });
  const members = lines.flatMap(({ member }) => [
    { name: member.replace('png', 'cls'), data: '1' },
    { name: member, data: picture },
  ]);
  await writeTar(join(root, 'shards/000000.tar'), members);
  const found = await openDataset(root);
  expect(found.length).toBe(2);
  expect(found.entry!(0).label).toEqual(votes[0]);
  for (const workers of [0, 1]) {
    const labels = [];
    for await (const { label } of stream(found, { workers })) labels.push(label);
    expect(labels).toEqual(expect.arrayContaining(votes));
  }
  await found.close?.();
});

it('opens clips as videos with both labels', async () => {
  const root = join(place.path, 'clips');
  const line = { path: 'clips/disc/a.mp4', votes: FIRST.votes };
  await writeTree(root, {
    'dataset.json': JSON.stringify(HEAD),
    'manifest.jsonl': `${JSON.stringify(line)}\n`,
    'sheet.jpg': 'beside the clips',
    'clips/disc/a.mp4': 'opened only when it is read',
  });
  const found = await openDataset(root);
  expect(found.length).toBe(1);
  expect(found.entry!(0)).toEqual({ id: line.path, label: line.votes });
  expect(found.plan!(0).loader.name).toBe('video');
});

it('refuses a linked folder that leaves the dataset', async () => {
  const root = join(place.path, 'linked');
  await writeTree(place.path, { 'elsewhere/a.png': picture });
  await writeTree(root, { 'images/.keep': '' });
  await symlink(join(place.path, 'elsewhere'), join(root, 'images/out'));
  await expect(dataset('linked', HEAD, [{ ...FIRST, path: 'images/out/a.png' }])).rejects.toThrow(
    /leaves the folder/,
  );
});
