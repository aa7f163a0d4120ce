import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { describeError, formatBytes, formatDuration, formatRate } from '../../../src/cli/support/format.js';
import { processOutput } from '../../../src/cli/support/output.js';
import { startProgress } from '../../../src/cli/support/progress.js';
import { createSession } from '../../../src/cli/support/session.js';
import { CheckpointError } from '../../../src/core/errors.js';
import { recordOutput } from '../recorder.js';

describe('formats', () => {
  it.each([
    [0, '0s'],
    [59.4, '59s'],
    [59.6, '1m00s'],
    [250, '4m10s'],
    [7500, '2h05m'],
    [Number.NaN, '?'],
  ])('%d seconds is %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text));

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [4_700_000, '4.70 MB'],
    [853_308_936, '853 MB'],
    [999_700_000, '1.00 GB'],
  ])('%d bytes is %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it.each([
    [0.42, '0.42/s'],
    [3.44, '3.4/s'],
    [128.2, '128/s'],
  ])('%d per second is %s', (rate, text) => expect(formatRate(rate)).toBe(text));

  it('describes whatever was thrown', () => {
    expect(describeError(new CheckpointError('E_HASH', 'x is damaged.'))).toEqual({
      code: 'E_HASH',
      message: 'x is damaged.',
    });
    expect(describeError(Object.assign(new Error('gone'), { code: 'ENOENT' })).code).toBe('ENOENT');
    expect(describeError(new RangeError(''))).toEqual({ code: 'E_UNEXPECTED', message: 'RangeError' });
    expect(describeError('why').message).toBe('why');
  });
});

describe('progress', () => {
  it('prints a line every ten seconds and at the end where it is not a terminal', () => {
    const output = recordOutput();
    let time = 0;
    const progress = startProgress(output, false, {
      label: 'stylize',
      total: 100,
      unit: 'pictures',
      initial: 20,
      now: () => time,
    });
    for (const done of [22, 30, 40]) {
      time += 5;
      progress.update(done);
    }
    time += 1;
    progress.update(100);
    progress.stop();
    progress.stop();
    expect(output.stderr.split('\n')).toEqual([
      'stylize 30% 30/100 pictures 1.0/s 1m10s left',
      'stylize 100% 100/100 pictures 5.0/s',
      '',
    ]);
  });

  it('is silent when quiet or under JSON', () => {
    for (const options of [{ quiet: true }, { json: true }]) {
      const output = recordOutput();
      const session = createSession(output, options, new AbortController().signal);
      const progress = session.progress({ label: 'x', total: 1 });
      progress.update(1);
      progress.stop();
      session.note('a note');
      expect(output.stderr).toBe('');
    }
  });

  it('draws a bar with rate and remaining time on a terminal', () => {
    const written: string[] = [];
    const stream = Object.assign(new PassThrough(), {
      isTTY: true,
      columns: 120,
      cursorTo: () => true,
      moveCursor: () => true,
      clearLine: () => true,
    });
    stream.on('data', (chunk) => written.push(String(chunk)));
    const output = { ...recordOutput(), terminal: stream as unknown as NodeJS.WriteStream };
    let time = 0;
    const progress = startProgress(output, false, {
      label: 'fetch',
      total: 2000,
      format: (n) => `${n} B`,
      now: () => time,
    });
    time = 2;
    progress.update(1000);
    progress.stop();
    expect(written.join('')).toMatch(/fetch .*50% 1000 B\/2000 B .*500 B\/s 2s left/);
  });
});

it('colours nothing with NO_COLOR', () => {
  expect(processOutput({ NO_COLOR: '1', FORCE_COLOR: '1' }).paint('red', 'x')).toBe('x');
  expect(processOutput({ FORCE_COLOR: '1' }).paint('red', 'x')).toContain('\u001b[');
});
