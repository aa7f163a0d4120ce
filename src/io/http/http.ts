import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { StorageError } from '../../core/errors.js';
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

/** True for http and https addresses. */
export function isUrl(path: string): boolean {
  return /^https?:\/\//i.test(path);
}

/** A part of a remote file. */
export interface RemotePart {
  readonly bytes: Buffer;
  /** Length of the whole file. */
  readonly total: number;
  /** The server's mark of this version of the file, where it gives a strong one. */
  readonly etag: string | undefined;
}

const MOST_HOPS = 5;
/** Bytes per second below which a server counts as not answering. */
const SLOWEST = 8 * 1024;

/**
 * Bytes `start` to `start + length` of a remote file (fewer at its end), by a range request. An answer of another
 * version than `etag`, of another range, or shorter than announced is not taken; it, and errors of the network or the
 * server (5xx, 429), are tried again. Redirects may not lead from https to http, nor from a public address to a private
 * one, whatever the names say.
 * @throws StorageError E_HTTP (the server's refusal), E_TRUNCATED, E_CHANGED, E_PATH; the signal's reason
 */
export async function fetchRange(
  url: string,
  start: number,
  length: number,
  options: HttpOptions & { readonly etag?: string | undefined } = {},
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
  { timeout = 30_000, signal, etag }: HttpOptions & { readonly etag?: string | undefined },
): Promise<RemotePart> {
  const late = new AbortController();
  let timer = setTimeout(() => late.abort(new Error('no answer in time')), timeout);
  const slow = setTimeout(
    () => late.abort(new Error('it sends too slowly')),
    timeout + (1000 * length) / SLOWEST,
  );
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => late.abort(new Error('no data in time')), timeout);
  };
  const stop = signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]);
  try {
    const range = `bytes=${start}-${start + length - 1}`;
    const headers = { range, 'accept-encoding': 'identity', ...(etag && { 'if-match': etag }) };
    const response = await follow(url, headers, stop);
    try {
      const total = check(response, url, start);
      const tag = strong(response.headers.etag);
      if (etag !== undefined && tag !== etag)
        throw refuse('E_CHANGED', url, 'it changed on the server meanwhile.');
      const wanted = Math.min(length, total - start);
      const parts: Buffer[] = [];
      let got = 0;
      for await (const chunk of response as AsyncIterable<Buffer>) {
        alive();
        parts.push(chunk);
        got += chunk.byteLength;
        if (got > wanted) throw refuse('E_HTTP', url, `it sent more than the ${wanted} bytes asked for.`);
      }
      if (got < wanted) throw refuse('E_TRUNCATED', url, `it ended after ${got} of ${wanted} bytes.`);
      return { bytes: Buffer.concat(parts), total, etag: tag };
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

/** Length of the whole file, from an answer that must be the range asked for. */
function check({ statusCode: status = 0, headers }: IncomingMessage, url: string, start: number): number {
  if (status === 429 || status >= 500) throw refuse('E_BUSY', url, `the server answered ${status}.`);
  if (status === 412) throw refuse('E_CHANGED', url, 'it changed on the server meanwhile.');
  if (status === 200 && start === 0) {
    const length = Number(headers['content-length'] ?? Number.NaN);
    if (Number.isSafeInteger(length)) return length;
  }
  if (status === 200)
    throw refuse('E_HTTP', url, 'the server does not serve parts of files (no range requests).');
  const match = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers['content-range'] ?? '');
  if (status !== 206 || match === null) throw refuse('E_HTTP', url, `the server answered ${status}.`);
  if (Number(match[1]) !== start)
    throw refuse('E_HTTP', url, 'the server sent another part than was asked for.');
  return Number(match[2]);
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
  return new StorageError(code, `Cannot fetch ${bare(url)}: ${reason}`);
}

function failure(url: string, error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : '';
  const reason = error instanceof Error ? error.message : String(error);
  return new StorageError('E_NETWORK', `Cannot fetch ${bare(url)}: ${cause || reason}`, { cause: error });
}

/** Without user, password and query, which may be secret. */
function bare(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
