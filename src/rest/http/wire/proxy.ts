/** Proxies from the environment: HTTPS_PROXY, ALL_PROXY and NO_PROXY, in lower or upper case. */
import type { ClientRequest } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { XanoError } from '../../../errors.js';
import { isAddress } from '../request.js';

/** Variables by name, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The way through a proxy. */
export interface ProxyServer {
  /** Host and port, without credentials: safe to print. */
  readonly address: string;
  /** The variable that names it. */
  readonly variable: string;
  readonly agent: HttpsProxyAgent<string>;
  /** Its user name and password, in every spelling that an error could show. */
  readonly secrets: readonly string[];
}

/**
 * Finds the proxy for a URL; undefined where the request goes there directly. Throws CONFIG_INVALID for a
 * proxy setting that is not valid.
 */
export type FindProxy = (url: URL) => ProxyServer | undefined;

/**
 * Reads the environment once, and keeps the connections of each proxy. Plain http is only sent to this
 * computer, and never through a proxy, which would read the token: HTTP_PROXY has no effect. URLs with https
 * go through a tunnel (CONNECT), which nobody can read; for those, NO_PROXY alone decides, as with curl, also
 * for this computer.
 */
export function createProxies(env: Environment): FindProxy {
  const known = new Map<string, ProxyServer>();
  return (url) => {
    if (url.protocol !== 'https:') return undefined;
    const variable = variableOf(env, 'https_proxy') ?? variableOf(env, 'all_proxy');
    if (variable === undefined || isExcepted(url, variableOf(env, 'no_proxy')?.value ?? '')) return undefined;
    const proxy = known.get(variable.name) ?? proxyOf(variable.name, variable.value);
    known.set(variable.name, proxy);
    return proxy;
  };
}

/** A variable; the lower-case name wins, as with curl. Undefined where it is empty. */
function variableOf(
  env: Environment,
  name: string,
): { readonly name: string; readonly value: string } | undefined {
  for (const spelled of [name, name.toUpperCase()]) {
    const value = env[spelled]?.trim() ?? '';
    if (value !== '') return { name: spelled, value };
  }
  return undefined;
}

function proxyOf(variable: string, value: string): ProxyServer {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const hint = `Set ${variable} to an address such as http://proxy.example.com:3128, or add the host to NO_PROXY.`;
  if (!isAddress(text) || new URL(text).hostname === '')
    throw new XanoError('CONFIG_INVALID', `${variable} is not the address of a proxy.`, { hint });
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new XanoError(
      'CONFIG_INVALID',
      `${variable} names a proxy of the kind "${url.protocol.slice(0, -1)}", which is not supported: only http and https are.`,
      { hint },
    );
  const [user, password] = [url.username, url.password].map(decoded);
  const pair = Buffer.from(`${user}:${password}`).toString('base64');
  // Under DEBUG the library prints the URL, so the password is passed separately.
  const headers: Record<string, string> =
    user === '' && password === '' ? {} : { 'Proxy-Authorization': `Basic ${pair}` };
  const secrets = [url.password, password!, ...(password === '' ? [] : [pair])].filter(
    (secret) => secret !== '',
  );
  url.username = '';
  url.password = '';
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return {
    address: `${url.hostname}:${port}`,
    variable,
    agent: new HttpsProxyAgent(url.origin, { keepAlive: true, headers }),
    secrets,
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Whether NO_PROXY names a host: `*`, a host (and the hosts below it, with or without a leading dot), an IP
 * address or a range of them, each with or without a port; separated by commas or white space. curl and Go
 * agree on these rules.
 */
function isExcepted(url: URL, no_proxy: string): boolean {
  const host = url.hostname.replace(/^\[|\]$|\.$/g, '').toLowerCase();
  const port = url.port === '' ? '443' : url.port;
  return no_proxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === '') return false;
      if (entry === '*') return true;
      const [, bracketed, plain = entry, only_port] =
        /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(entry) ?? [];
      if (only_port !== undefined && only_port !== port) return false;
      const named = (bracketed ?? plain).replace(/^\*?\./, '').replace(/\.$/, '');
      if (isIP(host) > 0) return host === named || isInRange(host, named);
      return host === named || host.endsWith(`.${named}`);
    });
}

function isInRange(host: string, range: string): boolean {
  const [, address = '', bits = ''] = /^(.+)\/(\d{1,3})$/.exec(range) ?? [];
  const family = isIP(address);
  if (family === 0 || family !== isIP(host) || Number(bits) > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  return list.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

/** How far a request came on its way through a proxy. */
export interface Passage {
  /** Whether the proxy has connected it to the server. */
  through: boolean;
  /** The status with which the proxy refused. */
  refused?: number;
}

/** Watches a request on its way through a proxy, and calls `on_refused` where the proxy refuses. */
export function watchPassage(request: ClientRequest, passage: Passage, on_refused: () => void): void {
  // A reused connection has already passed the proxy.
  request.once('socket', () => {
    if (passage.refused === undefined) passage.through = true;
  });
  request.once('proxyConnect', ({ statusCode }: { readonly statusCode: number }) => {
    if (statusCode === 200) return;
    passage.refused = statusCode;
    on_refused();
  });
}
