/** What DuckDB says of a DuckLake's catalog and bucket, in our words and without secrets. */
import { XanoError } from '../../../errors.js';
import { databaseFailure } from '../../engine/failures.js';
import { failureWithoutSecrets, withoutSecrets } from '../../redact.js';
import { isInBucket, type Lake } from './lake.js';
import { secretsOf } from './set-up-lake.js';

interface Meaning {
  readonly pattern: RegExp;
  readonly say: (lake: Lake, match: RegExpExecArray) => string;
  readonly hint: string;
}

/** Texts of DuckDB 1.5.5, libpq and S3 servers, each met with a lake in that state. */
const MEANINGS: readonly Meaning[] = [
  {
    pattern: /password authentication failed|no password supplied/,
    say: ({ label }) => `Postgres does not accept the password for the catalog of ${label}.`,
    hint: 'Set PGPASSWORD to the password of this user, or add it to ~/.pgpass.',
  },
  {
    pattern:
      /FATAL:\s+(role "[^"]*" does not exist|database "[^"]*" does not exist|no pg_hba\.conf entry[^\n]*)/,
    say: ({ label }, [, said]) => `Postgres refuses the catalog of ${label}: ${said}.`,
    hint: 'Correct user and database in the name of the lake.',
  },
  {
    pattern:
      /could not translate host name|Connection refused|Connection timed out|timeout expired|No route to host|Network is unreachable/,
    say: ({ label }, [said]) => `The Postgres of the catalog of ${label} does not answer: ${said}.`,
    hint: 'Check host and port in the name of the lake, and the network.',
  },
  {
    pattern: /permission denied for (\w+ \S+)|cannot execute [A-Z ]+ in a read-only transaction/,
    say: ({ label }, [said]) => `The user of the catalog of ${label} may not write there: ${said}.`,
    hint: 'Grant this user CREATE on the database, or USAGE and CREATE on the schema of the catalog.',
  },
  {
    pattern:
      /HTTP (?:Error|GET|PUT|POST|HEAD)[^\n]*\b(?:403|401)\b|\bHTTP 403\b|AccessDenied|SignatureDoesNotMatch|InvalidAccessKeyId/,
    say: ({ data }) => `The server of ${data} does not accept these keys.`,
    hint: 'Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and that they may list, read, write and delete there.',
  },
  {
    pattern: /NoSuchBucket|The specified bucket does not exist/,
    say: ({ data }) => `The bucket of ${data} does not exist.`,
    hint: 'Create it first, or name another one with data=.',
  },
  {
    pattern: /HTTP Error[^\n]*|Could not (?:establish connection|connect to server)[^\n]*/,
    say: ({ data }, [said]) => `The server of ${data} does not answer as expected: ${said}`,
    hint: 'Check AWS_ENDPOINT_URL and AWS_REGION, then run the same command again.',
  },
  {
    pattern: /Transaction conflict|Exceeded the maximum retry count/,
    say: ({ label }) => `Another program changed ${label} in the same moment: nothing was written.`,
    hint: 'Run the same command again: it continues where it stopped.',
  },
];

/** Makes a XanoError about a lake of any failure. No secret is in it, nor in its causes. */
export function lakeFailure(thrown: unknown, lake: Lake): XanoError {
  if (thrown instanceof XanoError) return thrown;
  const secrets = secretsOf(lake);
  const isOurs = thrown instanceof TypeError || thrown instanceof ReferenceError;
  const cause = isOurs ? thrown : failureWithoutSecrets(thrown, secrets);
  const { message } = cause;
  const concerns = ({ pattern }: Meaning): boolean =>
    pattern.test(message) && (lake.catalog.type === 'postgres' || isInBucket(lake));
  const meaning = isOurs ? undefined : MEANINGS.find(concerns);
  if (meaning === undefined) return databaseFailure(cause, withoutSecrets(lake.label, secrets));
  const match = meaning.pattern.exec(message)!;
  return new XanoError('DATABASE_FAILED', meaning.say(lake, match), { hint: meaning.hint, cause });
}

/** Runs work, and throws its failures in words about the lake. */
export async function aboutLake<T>(lake: Lake, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw lakeFailure(thrown, lake);
  }
}
