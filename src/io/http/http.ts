import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { StorageError, UsageError } from '../../core/errors.js';
import { systemCode } from '../files/storage-error.js';
import { isPrivateAddress, request } from './http-request.js';

/** How remote files are fetched. */
export interface HttpOptions {
  /** Attempts at each request before it fails; 5 unless told. */
  readonly attempts?: number;
  /** Milliseconds without a byte before an attempt is given up; 30,000 unless told. */
  readonly timeout?: number;
  /** Milliseconds before the second attempt; doubled for each further one; 250 unless told. */
  readonly pause?: number;
  readonly signal?: AbortSignal | undefined;
}

/** True for http and https addresses. @throws UsageError for one that cannot be, such as `http://` */
export function isUrl(path: string): boolean {
  if (!/^https?:\/\//i.test(path)) return false;
  if (URL.canParse(path)) return true;
  throw new UsageError(`Expected an address such as https://host/shard-000000.tar but received ${path}.`);
}

/** A path, or an address without user, password and query, which may be secret: for messages and names of samples. */
export function shownPath(path: string): string {
  if (!isUrl(path)) return path;
  const { origin, pathname } = new URL(path);
  return origin + pathname;
}

/** What tells one version of a remote file from another. */
export interface RemoteVersion {
  /** Length of the whole file. */
  readonly total: number;
  /** The server's mark of this version, where it gives a strong one. */
  readonly etag: string | undefined;
  /** When it was changed, as the server writes it. */
  readonly modified: string | undefined;
}

/** A part of a remote file. */
export interface RemotePart extends RemoteVersion {
  readonly bytes: Buffer;
}

type RangeOptions = HttpOptions & {
  /** What an earlier part told: one of another version is refused. */
  readonly same?: RemoteVersion | undefined;
};

const MOST_HOPS = 5;
/** Bytes per second below which a server counts as not answering. */
const SLOWEST = 8 * 1024;

/**
 * Bytes `start` to `start + length` of a remote file (fewer at its end), by a range request. An answer of another
 * version than `same`, of another range, or longer than asked for ends the matter; one cut short, and errors of the
 * network or the server (5xx, 429), are tried again. Redirects may not lead from https to http, nor from a public address to a private
 * one, whatever the names say.
 * @throws StorageError E_HTTP (the server's refusal), E_TRUNCATED, E_CHANGED, E_PATH; the signal's reason
 */
export async function fetchRange(
  url: string,
  start: number,
  length: number,
  options: RangeOptions = {},
): Promise<RemotePart> {
  const { attempts = 5, pause = 250, signal } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(url, start, length, options);
    } catch (error) {
      signal?.throwIfAborted();
      const final = error instanceof StorageError && !RETRIED.has(error.code);
      if (final || attempt >= attempts) throw failure(url, error);
      await sleep(pause * 2 ** (attempt - 1), undefined, signal && { signal });
    }
  }
}

const RETRIED = new Set(['E_TRUNCATED', 'E_BUSY']);

async function once(
  url: string,
  start: number,
  length: number,
  { timeout = 30_000, signal, same }: RangeOptions,
): Promise<RemotePart> {
  const late = new AbortController();
  let timer = setTimeout(() => late.abort(new Error('no answer in time')), timeout);
  let slow: NodeJS.Timeout | undefined;
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => late.abort(new Error('no data in time')), timeout);
  };
  const stop = signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]);
  try {
    const range = `bytes=${start}-${start + length - 1}`;
    const headers = { range, 'accept-encoding': 'identity', ...(same?.etag && { 'if-match': same.etag }) };
    const response = await follow(url, headers, stop);
    try {
      const version = check(response, url, start, length);
      if (same !== undefined && isOther(version, same))
        throw refuse('E_CHANGED', url, 'it changed on the server meanwhile.');
      const wanted = Math.min(length, version.total - start);
      const tooSlow = new Error(`it sends less than ${SLOWEST / 1024} kB a second`);
      slow = setTimeout(() => late.abort(tooSlow), timeout + (1000 * wanted) / SLOWEST);
      const bytes = Buffer.allocUnsafe(wanted); // at once: a server may send single bytes, each in a buffer of its own
      let got = 0;
      for await (const chunk of response as AsyncIterable<Buffer>) {
        alive();
        if (got + chunk.byteLength > wanted)
          throw refuse('E_HTTP', url, `it sent more than the ${wanted} bytes asked for.`);
        bytes.set(chunk, got);
        got += chunk.byteLength;
      }
      if (got < wanted) throw refuse('E_TRUNCATED', url, `it ended after ${got} of ${wanted} bytes.`);
      return { bytes, ...version };
    } finally {
      response.destroy();
    }
  } catch (error) {
    throw stop.aborted ? stop.reason : error;
  } finally {
    clearTimeout(timer);
    clearTimeout(slow);
  }
}

/** The version of the file, from an answer that must be the range asked for. */
function check(
  { statusCode: status = 0, headers }: IncomingMessage,
  url: string,
  start: number,
  length: number,
): RemoteVersion {
  const version = { etag: strong(headers.etag), modified: headers['last-modified'] };
  const packed = headers['content-encoding'] ?? 'identity';
  if (status === 429 || status >= 500) throw refuse('E_BUSY', url, `the server answered ${status}.`);
  if (status === 412) throw refuse('E_CHANGED', url, 'it changed on the server meanwhile.');
  const isPart = status === 206;
  if ((isPart || status === 200) && packed !== 'identity')
    throw refuse('E_HTTP', url, `the server packs it (${packed}) although it was asked not to.`);
  if (status === 200) {
    const total = Number(headers['content-length'] ?? Number.NaN);
    if (start === 0 && total <= length) return { total, ...version };
    throw refuse('E_HTTP', url, 'the server does not serve parts of files (no range requests).');
  }
  const range = headers['content-range'] ?? '';
  const [, size] = /^bytes \*\/(\d+)$/.exec(range) ?? [];
  if (status === 416 && size !== undefined)
    throw refuse('E_HTTP', url, `expected more than ${start} bytes but it has ${size}.`);
  if (!isPart) throw refuse('E_HTTP', url, `the server answered ${status}.`);
  const [, from, to, total] = (/^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(range) ?? []).map(Number);
  if (from === undefined || to === undefined || total === undefined || to >= total || from > to)
    throw refuse('E_HTTP', url, 'the server does not say which part it sends (content-range).');
  if (from !== start) throw refuse('E_HTTP', url, 'the server sent another part than was asked for.');
  return { total, ...version };
}

function isOther(version: RemoteVersion, same: RemoteVersion): boolean {
  if (version.total !== same.total || version.etag !== same.etag) return true;
  return same.etag === undefined && version.modified !== same.modified;
}

/** Hosts that this process has seen at a public address: their names must not lead to a private one later. */
const seenPublic = new Set<string>();

async function follow(
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  let at = new URL(url);
  let mustBePublic = seenPublic.has(at.host);
  for (let hop = 0; hop <= MOST_HOPS; hop++) {
    const { response, address } = await request(at, { headers, signal, mustBePublic });
    const { statusCode: status = 0 } = response;
    const location = response.headers.location;
    if (!isPrivateAddress(address)) {
      mustBePublic = true;
      if (hop === 0) seenPublic.add(at.host);
    }
    if (status < 300 || status >= 400 || location === undefined) return response;
    response.destroy();
    if (!URL.canParse(location, at.href)) throw refuse('E_HTTP', url, 'it redirects to no address.');
    const next = new URL(location, at);
    if (next.protocol !== 'https:' && (next.protocol !== 'http:' || at.protocol !== 'http:'))
      throw refuse('E_PATH', url, `it redirects to ${next.protocol}//${next.host}, which is not allowed.`);
    at = next;
  }
  throw refuse('E_HTTP', url, `it redirects more than ${MOST_HOPS} times.`);
}

function strong(etag: string | undefined): string | undefined {
  return etag?.startsWith('W/') ? undefined : etag;
}

function refuse(code: string, url: string, reason: string): StorageError {
  return new StorageError(code, `Cannot fetch ${shownPath(url)}: ${reason}`);
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing answers there',
  ECONNRESET: 'the connection was cut',
  ENOTFOUND: 'there is no such host',
  EPROTO: 'it does not speak https',
};

function failure(url: string, error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  const reason =
    WORDS[systemCode(error)] ?? (error instanceof Error ? error.message || systemCode(error) : String(error));
  return new StorageError('E_NETWORK', `Cannot fetch ${shownPath(url)}: ${reason}.`, { cause: error });
}
