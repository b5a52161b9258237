/**
 * The room of the connection to a Postgres server: its address, what it refuses, and the right to load.
 * In: a URL as people write it, or as the PG* variables complete it. Out: connections that run SQL and copy
 * rows.
 */

import { env } from 'node:process';
import { XanoError } from '../../../../errors.js';
import { didYouMean } from '../../../../names.js';
import { parseUrl } from '../../../../parse-url.js';
import type { PostgresJson } from '../../../../table/postgres-types.js';

/** How the connection is encrypted, in the words of libpq. */
const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'] as const;

/** How the connection is encrypted. `no-verify`: encrypted, and nobody checks who answers. */
export type SslMode = (typeof SSL_MODES)[number];

/** Where a Postgres database is, and how rows go into it. What is undefined, the PG* variables tell. */
export interface PostgresAddress {
  /** The address without its password. */
  readonly label: string;
  /** Names the database without user and password: `host:port/database`. */
  readonly database_key: string;
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string | undefined;
  /** Undefined: `prefer`, but plain on this computer. */
  readonly sslmode: SslMode | undefined;
  /** A file of certificates of authorities. */
  readonly sslrootcert: string | undefined;
  readonly connect_timeout_ms: number;
  readonly json: PostgresJson;
}

const PARAMETERS = ['sslmode', 'sslrootcert', 'connect_timeout', 'host', 'json'] as const;

const CONNECT_TIMEOUT_S = 10;

/**
 * Reads `postgres://user@host:port/database?sslmode=…`, also with `postgresql:`. Throws USAGE for what is not
 * one, and for unknown parameters; messages never repeat the password.
 */
export function parsePostgresUrl(text: string): PostgresAddress {
  const url = parsed(text);
  const parameter = parametersOf(url);
  const sslmode = parameter('sslmode') ?? env['PGSSLMODE'];
  if (sslmode !== undefined && !isSslMode(sslmode))
    throw new XanoError('USAGE', `"${sslmode}" is not an sslmode of Postgres.`, {
      hint: `Use one of ${SSL_MODES.join(', ')}.`,
    });
  const json = parameter('json') ?? 'json';
  if (json !== 'json' && json !== 'jsonb')
    throw new XanoError('USAGE', `"${json}" is not a type that stores JSON in Postgres.`, {
      hint: 'Use ?json=json, which keeps the text as Xano sends it, or ?json=jsonb.',
    });
  const timeout = parameter('connect_timeout');
  if (timeout !== undefined && !/^[1-9]\d{0,3}$/.test(timeout))
    throw new XanoError(
      'USAGE',
      `connect_timeout must be a number of seconds from 1 to 9999, not "${timeout}".`,
    );
  const host = parameter('host') ?? nonEmpty(decoded(url.hostname.replace(/^\[(.*)\]$/, '$1')));
  const port = url.port === '' ? undefined : Number(url.port);
  const user = nonEmpty(decoded(url.username));
  const database = nonEmpty(decoded(url.pathname.replace(/^\//, '')));
  const effective = {
    host: host ?? env['PGHOST'] ?? 'localhost',
    port: port ?? env['PGPORT'] ?? '5432',
    database: database ?? env['PGDATABASE'] ?? user ?? env['PGUSER'] ?? '',
  };
  return {
    label: labelOf(url),
    database_key: `${effective.host.toLowerCase()}:${effective.port}/${effective.database}`,
    host,
    port,
    user,
    password: nonEmpty(decoded(url.password)),
    database,
    sslmode,
    sslrootcert: parameter('sslrootcert') ?? env['PGSSLROOTCERT'],
    connect_timeout_ms:
      Number(timeout ?? env['PGCONNECT_TIMEOUT'] ?? CONNECT_TIMEOUT_S) * 1_000 || CONNECT_TIMEOUT_S * 1_000,
    json,
  };
}

const isSslMode = (mode: string): mode is SslMode => (SSL_MODES as readonly string[]).includes(mode);

const nonEmpty = (text: string): string | undefined => (text === '' ? undefined : text);

function parsed(text: string): URL {
  // Without the slashes it may be the name of a file.
  const url = /^[a-z]+:\/\//i.test(text) ? parseUrl(text) : undefined;
  if (url !== undefined && url.hash === '' && !url.pathname.slice(1).includes('/')) return url;
  throw new XanoError('USAGE', 'The address of the Postgres database is not a valid URL.', {
    hint: 'Write postgres://user@host:5432/database, with special characters percent-encoded, and put the password into PGPASSWORD or ~/.pgpass.',
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The value of a parameter by its name. Throws USAGE for parameters that mean nothing here. */
function parametersOf(url: URL): (name: (typeof PARAMETERS)[number]) => string | undefined {
  for (const name of new Set(url.searchParams.keys()))
    if (!(PARAMETERS as readonly string[]).includes(name))
      throw new XanoError(
        'USAGE',
        `xano-connector does not know the parameter "${name}" of a Postgres address${didYouMean(PARAMETERS, name)}`,
        { hint: `It knows ${PARAMETERS.join(', ')}. Everything else comes from the PG* variables.` },
      );
  return (name) => nonEmpty(url.searchParams.get(name) ?? '');
}

/** The address as people wrote it, without password and parameters. */
function labelOf({ username, host, pathname }: URL): string {
  return `postgres://${username === '' ? '' : `${decoded(username)}@`}${host}${decoded(pathname)}`;
}
