/** The page that the address names: what follows `#` in it. */
import { signal } from '@preact/signals';

/** A page, what it shows, and how. */
export interface Address {
  readonly page: string;
  /** Of a table or a load. */
  readonly name: string | undefined;
  readonly query: URLSearchParams;
}

/** Reads `#/tables/shop.orders?part=columns`. */
export function parseAddress(hash: string): Address {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s);
  const [page = '', name] = path.split('/');
  return {
    page: page === '' ? 'overview' : page,
    name: name === undefined ? undefined : decoded(name),
    query: new URLSearchParams(query),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Spells an address that {@link parseAddress} reads. */
export function hrefOf(page: string, name?: string, query: Readonly<Record<string, string>> = {}): string {
  const asked = new URLSearchParams(query).toString();
  return `#/${page}${name === undefined ? '' : `/${encodeURIComponent(name)}`}${asked === '' ? '' : `?${asked}`}`;
}

/** Where the tab is. */
export const address = signal<Address>(parseAddress(''));
