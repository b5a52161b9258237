/** What DuckDB and catalogs say, in our words and without secrets. */
import { XanoError } from '../../../errors.js';
import { databaseFailure } from '../../engine/failures.js';
import { failureWithoutSecrets, withoutSecrets } from '../../redact.js';
import type { Catalog } from './parse-catalog.js';
import { catalogSecrets } from './set-up-catalog.js';

interface Meaning {
  readonly pattern: RegExp;
  readonly code?: 'DATABASE_LOCKED';
  readonly say: (catalog: Catalog, line: string) => string;
  readonly hint: string;
}

/** The catalog refused a commit because the table has changed. Nothing was written. */
const CONFLICT = /Conflict_409|CommitFailedException/;

/** Texts of DuckDB 1.5.5, and of catalogs by the specification of their interface. */
const MEANINGS: readonly Meaning[] = [
  {
    pattern: CONFLICT,
    code: 'DATABASE_LOCKED',
    say: ({ label }) => `Another load wrote the same table of ${label} in the same moment: it won.`,
    hint: 'Run the same command again when the other load has ended.',
  },
  {
    pattern: /Unauthorized_401|invalid_client|HTTP 401|\b401\b/,
    say: ({ label }) => `The catalog ${label} refused the login.`,
    hint: 'Check ICEBERG_TOKEN, or ICEBERG_CLIENT_ID and ICEBERG_CLIENT_SECRET.',
  },
  {
    pattern: /SignatureDoesNotMatch|InvalidAccessKeyId/,
    say: ({ label }) => `The bucket of the files of ${label} refused these keys.`,
    hint: 'Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_ENDPOINT_URL and AWS_REGION.',
  },
  {
    pattern: /Forbidden_403|HTTP 403|\b403\b/,
    say: ({ label }) => `The catalog ${label} does not allow this login to do that, or its bucket does not.`,
    hint: 'Grant it the right to create namespaces and tables, and to read and write their files.',
  },
  {
    pattern: /NotFound_404|NoSuchWarehouse|NotFoundException|HTTP 404|\b404\b/i,
    say: ({ label }) =>
      `The catalog ${label} does not exist: nothing is at this address, or under this warehouse.`,
    hint: 'Check the address and the warehouse: --to "iceberg:https://host/path?warehouse=name".',
  },
  {
    pattern:
      /HTTP (?:code )?5\d\d|(?:InternalServerError|ServiceUnavailable|BadGateway|GatewayTimeout)_5\d\d/,
    say: ({ label }) => `The catalog ${label} is overloaded or failing.`,
    hint: 'Run the same command again later: it continues where it stopped.',
  },
  {
    pattern:
      /Could not (?:establish connection|connect|resolve)|Timeout was reached|IO Error: Curl|HTTP Error/i,
    say: ({ label }) => `The catalog ${label} does not answer.`,
    hint: 'Check the address and the network, then run the same command again: it continues where it stopped.',
  },
];

/** Whether a catalog refused a commit because of another one: the work can be done again. */
export const isConflict = (thrown: unknown): boolean =>
  CONFLICT.test(thrown instanceof Error ? thrown.message : String(thrown));

/** Makes a XanoError about a catalog of any failure. No secret is in it, nor in its causes. */
function catalogFailure(thrown: unknown, catalog: Catalog): XanoError {
  if (thrown instanceof XanoError) return thrown;
  const label = withoutSecrets(catalog.label, catalogSecrets());
  // A bug of this program.
  if (thrown instanceof TypeError || thrown instanceof ReferenceError) return databaseFailure(thrown, label);
  const cause = failureWithoutSecrets(thrown, catalogSecrets());
  const meaning = MEANINGS.find(({ pattern }) => pattern.test(cause.message));
  if (meaning === undefined) return databaseFailure(cause, label);
  const [line = ''] = cause.message.split('\n');
  const { code = 'DATABASE_FAILED', hint } = meaning;
  return new XanoError(code, meaning.say({ ...catalog, label }, line), { hint, cause });
}

/** Runs work, and throws its failures in words about the catalog. */
export async function aboutCatalog<T>(catalog: Catalog, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw catalogFailure(thrown, catalog);
  }
}
