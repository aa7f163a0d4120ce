import { lookup as systemLookup } from 'node:dns';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { StorageError } from '../../core/errors.js';

/** How one request is made. */
export interface RequestOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Connect to public addresses only, whatever the name resolves to. */
  readonly mustBePublic: boolean;
}

const PRIVATE = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['224.0.0.0', 3],
] as const)
  PRIVATE.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of [
  ['::', 127],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  PRIVATE.addSubnet(net, bits, 'ipv6');

/** True for loopback, link-local, private, shared, translated and multicast addresses. */
export function isPrivateAddress(address: string): boolean {
  return PRIVATE.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Resolves a name once and lets the socket connect to that address, if it is public: a name that says one address when
 * it is checked and another when it is used gains nothing.
 */
export function publicLookup(resolve: LookupFunction = systemLookup): LookupFunction {
  return (hostname, options, done) =>
    resolve(hostname, options, (error, address, family) => {
      const all = typeof address === 'string' ? [address] : (address ?? []).map((one) => one.address);
      const bad = all.find(isPrivateAddress);
      if (error === null && bad !== undefined) done(refusal(hostname, bad), address, family);
      else done(error, address, family);
    });
}

// Connections are kept for the next request; those to private addresses must not serve requests that may not use them.
const AGENTS = [true, false].map((mustBePublic) => {
  const options = { keepAlive: true, ...(mustBePublic && { lookup: publicLookup() }) };
  return { 'http:': new http.Agent(options), 'https:': new https.Agent(options) };
});

/** An answer, whose body the caller reads or destroys, and the address that gave it. */
export interface Answer {
  readonly response: IncomingMessage;
  readonly address: string;
}

/** Makes a GET request; redirects are not followed. Throws StorageError E_PATH, and errors of the network. */
export function request(url: URL, { headers, signal, mustBePublic }: RequestOptions): Promise<Answer> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (mustBePublic && isIP(host) !== 0 && isPrivateAddress(host)) return Promise.reject(refusal(host, host));
  const agents = AGENTS[mustBePublic ? 0 : 1]!;
  const options = { headers, signal };
  return new Promise((resolve, reject) => {
    const sent =
      url.protocol === 'https:'
        ? https.get(url, { ...options, agent: agents['https:'] })
        : http.get(url, { ...options, agent: agents['http:'] });
    let address = host;
    sent.on('socket', (socket) => {
      const note = () => {
        address = socket.remoteAddress ?? host;
      };
      if (socket.connecting) socket.once('connect', note);
      else note();
    });
    sent.on('response', (response) => resolve({ response, address }));
    sent.on('error', reject);
  });
}

function refusal(host: string, address: string): StorageError {
  return new StorageError('E_PATH', `Cannot fetch from ${host}: its address ${address} is not a public one.`);
}
