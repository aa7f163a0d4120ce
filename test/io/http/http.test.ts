import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { fetchRange } from '../../../src/io/http/http.js';
import { isPrivateAddress, publicLookup, request } from '../../../src/io/http/http-request.js';

const file = Buffer.from(Array.from({ length: 1000 }, (_, i) => i % 251));
let server: Server;
let url: string;
let hits = 0;
let serve: (request: IncomingMessage, response: ServerResponse) => void;

function part(
  request: IncomingMessage,
  response: ServerResponse,
  headers: Record<string, string> = {},
): Buffer {
  const [start = 0, end = 0] = (/bytes=(\d+)-(\d+)/.exec(request.headers.range!) ?? []).slice(1).map(Number);
  const bytes = file.subarray(start, end + 1);
  response.writeHead(206, {
    'content-range': `bytes ${start}-${start + bytes.length - 1}/${file.length}`,
    'content-length': bytes.length,
    etag: '"a"',
    ...headers,
  });
  return bytes;
}

beforeAll(async () => {
  server = createServer((request, response) => {
    hits++;
    serve(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  hits = 0;
});
afterAll(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});

const fast = { attempts: 2, pause: 1, timeout: 400 };

describe('fetchRange', () => {
  it('gives the part, and less at the end', async () => {
    serve = (request, response) => response.end(part(request, response, { etag: '"a"' }));
    const { bytes, total, etag } = await fetchRange(`${url}/x`, 990, 50, fast);
    expect([bytes, total, etag]).toEqual([file.subarray(990), 1000, '"a"']);
  });

  it.each([
    [
      'cut in the middle',
      (q: IncomingMessage, r: ServerResponse): void => {
        r.write(part(q, r).subarray(0, 20), () => r.destroy());
      },
      'E_NETWORK',
      2,
    ],
    ['silent', () => undefined, 'E_NETWORK', 2],
    [
      'silent in the middle',
      (q: IncomingMessage, r: ServerResponse): void => {
        r.write(part(q, r).subarray(0, 20));
      },
      'E_NETWORK',
      2,
    ],
    ['busy', (_: IncomingMessage, r: ServerResponse) => r.writeHead(503).end(), 'E_BUSY', 2],
    ['gone', (_: IncomingMessage, r: ServerResponse) => r.writeHead(404).end(), 'E_HTTP', 1],
    [
      'changed',
      (q: IncomingMessage, r: ServerResponse) => r.end(part(q, r, { etag: '"b"' })),
      'E_CHANGED',
      1,
    ],
    [
      'of another length',
      (q: IncomingMessage, r: ServerResponse) => r.end(part(q, r, { 'content-range': 'bytes 100-149/999' })),
      'E_CHANGED',
      1,
    ],
    [
      'packed',
      (q: IncomingMessage, r: ServerResponse) => r.end(part(q, r, { 'content-encoding': 'gzip' })),
      'E_HTTP',
      1,
    ],
    [
      'vague about its part',
      (q: IncomingMessage, r: ServerResponse) => r.end(part(q, r, { 'content-range': 'bytes 100-149/*' })),
      'E_HTTP',
      1,
    ],
    [
      'of another part',
      (_: IncomingMessage, r: ServerResponse) =>
        r.writeHead(206, { 'content-range': 'bytes 5-54/1000' }).end(),
      'E_HTTP',
      1,
    ],
    [
      'longer than asked',
      (q: IncomingMessage, r: ServerResponse) => {
        part(q, r, { 'content-length': '200' });
        r.end(Buffer.alloc(200));
      },
      'E_HTTP',
      1,
    ],
    [
      'without ranges',
      (_: IncomingMessage, r: ServerResponse) => r.writeHead(200, { 'content-length': 1000 }).end(file),
      'E_HTTP',
      1,
    ],
  ] as const)('refuses an answer that is %s', async (_name, answer, code, tries) => {
    serve = answer;
    const same = { total: 1000, etag: '"a"', modified: undefined };
    await expect(fetchRange(`${url}/x?key=secret`, 100, 50, { ...fast, same })).rejects.toMatchObject({
      code,
    });
    await expect(fetchRange(`${url}/x?key=secret`, 100, 50, { ...fast, same })).rejects.not.toThrow('secret');
    expect(hits).toBe(2 * tries);
  });

  it('gives up on a server that trickles', async () => {
    serve = (request, response) => {
      const bytes = part(request, response);
      let at = 0;
      const timer = setInterval(() => response.write(bytes.subarray(at, ++at)), 40);
      response.on('close', () => clearInterval(timer));
    };
    const begun = performance.now();
    await expect(fetchRange(`${url}/x`, 0, 500, { ...fast, attempts: 1 })).rejects.toThrow(/less than 8 kB/);
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  it('stops by the signal', async () => {
    serve = () => undefined;
    const control = new AbortController();
    setTimeout(() => control.abort(new Error('enough')), 50);
    await expect(fetchRange(`${url}/x`, 0, 10, { timeout: 9000, signal: control.signal })).rejects.toThrow(
      'enough',
    );
  });

  it('follows redirects, but not in circles, not to other protocols, and not for ever', async () => {
    let locations: Record<string, string> = { '/a': '/b', '/b': `${url}/c` };
    serve = (request, response) => {
      const location = locations[request.url!];
      if (location === undefined) return response.end(part(request, response));
      return response.writeHead(302, { location }).end();
    };
    expect((await fetchRange(`${url}/a`, 3, 4, fast)).bytes).toEqual(file.subarray(3, 7));
    locations = { '/a': '/b', '/b': '/a' };
    await expect(fetchRange(`${url}/a`, 0, 4, fast)).rejects.toThrow(/more than 5 times/);
    for (const location of ['file:///etc/passwd', 'ftp://a/b', 'data:,x']) {
      locations = { '/a': location };
      await expect(fetchRange(`${url}/a`, 0, 4, fast)).rejects.toMatchObject({ code: 'E_PATH' });
    }
  });
});

describe('requests that must stay public', () => {
  const signal = new AbortController().signal;

  it.each([
    ['127.0.0.1', true],
    ['10.1.2.3', true],
    ['172.16.0.1', true],
    ['172.32.0.1', false],
    ['192.168.9.9', true],
    ['169.254.169.254', true],
    ['100.64.0.1', true],
    ['0.0.0.0', true],
    ['224.0.0.1', true],
    ['93.184.216.34', false],
    ['::1', true],
    ['::', true],
    ['fe80::1', true],
    ['fd00::1', true],
    ['::ffff:10.0.0.1', true],
    ['64:ff9b::a00:1', true],
    ['2606:4700::1111', false],
  ])('%s is private: %s', (address, expected) => {
    expect(isPrivateAddress(address)).toBe(expected);
  });

  it('refuse private addresses by number, in every spelling, before a byte is sent', async () => {
    serve = (request, response) => response.end(part(request, response));
    const { port } = new URL(url);
    for (const host of ['127.0.0.1', '0x7f.1', '2130706433', '[::ffff:127.0.0.1]', 'localhost']) {
      const sent = request(new URL(`http://${host}:${port}/x`), { headers: {}, signal, mustBePublic: true });
      await expect(sent).rejects.toMatchObject({ code: 'E_PATH' });
    }
    expect(hits).toBe(0);
  });

  it('resolve a name once: the address that is checked is the one that is used', async () => {
    const answers = [['93.184.216.34'], ['93.184.216.34', '127.0.0.1'], ['10.0.0.8']];
    let asked = 0;
    const resolver: LookupFunction = (_host, _options, done) =>
      done(
        null,
        answers[asked++]!.map((address) => ({ address, family: 4 })),
      );
    const lookup = publicLookup(resolver);
    const look = () =>
      new Promise((resolve, reject) => {
        lookup('rebinding.test', { all: true }, (error, address) =>
          error ? reject(error) : resolve(address),
        );
      });
    expect(await look()).toEqual([{ address: '93.184.216.34', family: 4 }]);
    await expect(look()).rejects.toMatchObject({ code: 'E_PATH' });
    await expect(look()).rejects.toMatchObject({ code: 'E_PATH' });
    expect(asked).toBe(3);
  });
});
