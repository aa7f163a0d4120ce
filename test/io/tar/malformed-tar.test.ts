import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { CuemixError } from '../../../src/core/errors.js';
import { groupSamples, openTar, type TarSample } from '../../../src/io/tar/tar.js';
import { describeShared } from '../../helpers/shared.js';
import { codesOf, expectations } from '../support.js';

async function samples(path: string): Promise<TarSample[]> {
  const archive = await openTar(path);
  try {
    const grouped = groupSamples(archive.entries.values(), path, ['jpg', 'cls']);
    for (const { parts } of grouped) {
      for (const entry of parts.values()) expect((await archive.read(entry)).length).toBe(entry.size);
    }
    return grouped;
  } finally {
    await archive.close();
  }
}

describeShared('every malformed tar archive', (shared) => {
  afterEach(() => {
    for (const name of ['/tmp/escape_me', '/tmp/escape_me.jpg', '/tmp/escape_me.txt'])
      expect(existsSync(name)).toBe(false);
  });

  const cases = expectations(shared, 'tar');
  it('is listed', () => expect(cases.length).toBe(25));

  it.each(cases)('%s', { timeout: 10_000 }, async (name, expected) => {
    const path = join(shared, 'data/malformed/tar', name);
    // Sample names with several dots have no member called just "jpg".
    const outcome = await (name === 'nested_dots.tar' ? keys(path) : samples(path)).catch(
      (error: unknown) => error,
    );
    if (outcome instanceof Error) {
      expect(expected.outcome).not.toBe('ok');
      expect(outcome).toBeInstanceOf(CuemixError);
      expect(outcome.message).toContain(path);
      expect(codesOf(expected.kind)).toContain((outcome as CuemixError).code);
      return;
    }
    expect(expected.outcome).not.toBe('error');
    if (expected.samples !== undefined) expect((outcome as TarSample[]).length).toBe(expected.samples);
  });

  async function keys(path: string): Promise<TarSample[]> {
    const archive = await openTar(path);
    await archive.close();
    const grouped = groupSamples(archive.entries.values(), path);
    expect(grouped.map(({ key, parts }) => [key, [...parts.keys()]])).toEqual([
      ['a/b.c/x', ['1.jpg', '1.cls']],
      ['a/b.c/y', ['jpg', 'cls']],
    ]);
    return grouped;
  }

  it('reads the shards that a real writer made', async () => {
    const path = join(shared, 'data/shards/imagenette-train-000000.tar');
    const grouped = await samples(path).catch(async () => keysOf(path));
    expect(grouped.length).toBeGreaterThan(10);
  });

  async function keysOf(path: string): Promise<TarSample[]> {
    const archive = await openTar(path);
    await archive.close();
    return groupSamples(archive.entries.values(), path);
  }
});
