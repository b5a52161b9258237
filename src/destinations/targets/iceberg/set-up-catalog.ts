/**
 * What DuckDB needs before it can read and write an Iceberg catalog: extensions, and secrets that end with
 * the process.
 */

import { env } from 'node:process';
import { XanoError } from '../../../errors.js';
import { type ExtensionOptions, loadExtensions } from '../../engine/extensions.js';
import type { Session } from '../../engine/session.js';
import { literal, quote, temporarySecret } from '../../engine/sql.js';
import { keysInSecret, s3Keys, s3Region, s3Server, serverInSecret } from '../s3-environment.js';
import type { Catalog } from './parse-catalog.js';

/** The attached name of the catalog. */
export const CATALOG = 'xano_catalog';
const CATALOG_SECRET = 'xano_catalog_login';

/**
 * Where DuckDB may write: the buckets that tables are in, and the name under which it asks for the place of a
 * new table before the catalog has told it (seen in 1.5.5).
 */
export const WRITTEN = { folders: ['s3://'], files: ['data'] } as const;

/** How long a server may be silent within a request, in seconds. */
const SILENCE_S = 20;

/** Every secret that a catalog is reached with: none of them may be seen. */
export function catalogSecrets(): readonly string[] {
  const names = ['ICEBERG_TOKEN', 'ICEBERG_CLIENT_SECRET', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];
  return names.flatMap((name) => env[name] || []);
}

/** Loads the extensions, makes the secrets and attaches the catalog. Throws EXTENSION_MISSING and USAGE. */
export async function setUpCatalog(
  session: Pick<Session, 'run'>,
  catalog: Catalog,
  options: ExtensionOptions & { readonly read_only: boolean },
): Promise<void> {
  const statements = attachment(catalog, options);
  await loadExtensions(session, ['httpfs', 'avro', 'iceberg'], options);
  await session.run(`SET http_timeout = ${SILENCE_S}`);
  for (const statement of statements) await session.run(statement);
}

/** The statements that make the secrets and attach the catalog. Only secrets hold a secret. Throws USAGE. */
function attachment(catalog: Catalog, { read_only }: { readonly read_only: boolean }): readonly string[] {
  const login = loginSecret(catalog);
  const bucket = bucketSecret(catalog);
  const options = [
    'TYPE iceberg',
    `ENDPOINT ${literal(catalog.endpoint)}`,
    // Without it DuckDB 1.5.5 attaches a catalog with a login for reading only.
    `READ_ONLY ${read_only}`,
    login === undefined ? "AUTHORIZATION_TYPE 'none'" : `SECRET ${quote(CATALOG_SECRET)}`,
    // Otherwise the catalog lends keys for the files of each table.
    ...(bucket === undefined ? [] : ["ACCESS_DELEGATION_MODE 'none'"]),
  ];
  return [
    ...[login, bucket].flatMap((secret) => secret ?? []),
    `ATTACH ${literal(catalog.warehouse)} AS ${CATALOG} (${options.join(', ')})`,
  ];
}

/** A token, or the OAuth2 credentials of a client; undefined for a catalog without a login. Throws USAGE. */
function loginSecret({ endpoint, is_private }: Catalog): string | undefined {
  const token = env['ICEBERG_TOKEN'] || undefined;
  const id = env['ICEBERG_CLIENT_ID'] || undefined;
  const hidden = env['ICEBERG_CLIENT_SECRET'] || undefined;
  if (token === undefined && id === undefined && hidden === undefined) return undefined;
  if (!is_private)
    throw new XanoError('USAGE', `xano does not send a login to ${endpoint} unencrypted.`, {
      hint: 'Name the catalog with https://.',
    });
  if (token !== undefined) return temporarySecret(CATALOG_SECRET, 'iceberg', { TOKEN: token });
  if (id === undefined || hidden === undefined)
    throw new XanoError(
      'USAGE',
      `xano cannot log in to the catalog: ${id === undefined ? 'ICEBERG_CLIENT_ID' : 'ICEBERG_CLIENT_SECRET'} is not set.`,
      { hint: 'Set both ICEBERG_CLIENT_ID and ICEBERG_CLIENT_SECRET, or ICEBERG_TOKEN alone.' },
    );
  return temporarySecret(CATALOG_SECRET, 'iceberg', {
    CLIENT_ID: id,
    CLIENT_SECRET: hidden,
    OAUTH2_SERVER_URI: env['ICEBERG_OAUTH2_SERVER_URI'] || `${endpoint}/v1/oauth/tokens`,
    OAUTH2_SCOPE: env['ICEBERG_OAUTH2_SCOPE'] || undefined,
  });
}

/** Keys for the files; undefined where none are set. Throws USAGE. */
function bucketSecret({ label }: Catalog): string | undefined {
  const keys = s3Keys(env, `the files of ${label}`);
  if (keys === undefined) return undefined;
  return temporarySecret('xano_catalog_files', 's3', {
    ...keysInSecret(keys),
    REGION: s3Region(env) ?? 'us-east-1',
    ...serverInSecret(s3Server(env)),
  });
}
