/** Where a dashboard listens, and under which names it answers. Pure. */
import { isIP } from 'node:net';
import { XanoError } from '../index.js';

/** The addresses of a dashboard. */
export interface Hosts {
  /** What the server binds. */
  readonly listen: string;
  /** What a browser may have in its address bar before the port: exactly these. */
  readonly names: readonly string[];
  /** The one of them that xano prints. */
  readonly shown: string;
}

/** An address of one of this computer's networks. */
export interface OwnAddress {
  readonly address: string;
  readonly internal: boolean;
}

const LOCAL: Hosts = { listen: '127.0.0.1', names: ['127.0.0.1', 'localhost'], shown: '127.0.0.1' };

/** Whether it is a name of RFC 1123, in lower case, as browsers send it. */
function isName(text: string): boolean {
  return text.split('.').every((label) => /^[a-z0-9-]{1,63}$/.test(label) && !/^-|-$/.test(label));
}

/** Whether only this computer reaches the address. */
export function isLoopback(host: string): boolean {
  return host === '::1' || host === 'localhost' || (isIP(host) === 4 && host.startsWith('127.'));
}

/**
 * The names of an address. `own`: this computer's addresses, which a dashboard on all of them answers to.
 * Throws USAGE for a text that is neither an address nor a name.
 */
export function hostsOf(host: string, own: readonly OwnAddress[]): Hosts {
  const name = host.toLowerCase();
  if (name === '127.0.0.1' || name === 'localhost') return LOCAL;
  if (name === '::1') return { listen: name, names: ['[::1]', 'localhost'], shown: '[::1]' };
  if (name === '0.0.0.0' || name === '::') return everywhere(name, own);
  const kind = isIP(name);
  if (kind === 0 && !isName(name))
    throw new XanoError('USAGE', `--host is "${host}"; it takes an address of this computer.`, {
      hint: 'Omit --host to let only this computer open the dashboard.',
    });
  const shown = spelled(name);
  return { listen: name, names: [shown], shown };
}

function everywhere(listen: '0.0.0.0' | '::', own: readonly OwnAddress[]): Hosts {
  // A link-local address of IPv6 has a zone, which no Host header has.
  const reached = own.filter(
    ({ address }) => isIP(address) === 4 || (listen === '::' && isIP(address) === 6),
  );
  const outer = reached.find(({ internal }) => !internal)?.address;
  const names = [...LOCAL.names, ...reached.map(({ address }) => spelled(address))];
  return { listen, names: [...new Set(names)], shown: outer === undefined ? LOCAL.shown : spelled(outer) };
}

const spelled = (address: string): string => (isIP(address) === 6 ? `[${address}]` : address);
