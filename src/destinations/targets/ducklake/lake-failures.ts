/** What DuckDB says of a DuckLake's catalog and bucket, in our words and without secrets. */
import { XanoError } from '../../../errors.js';
import { databaseFailure } from '../../engine/failures.js';
import { failureWithoutSecrets, withoutSecrets } from '../../redact.js';
import { isInBucket, type Lake } from './lake.js';
import { secretsOf } from './set-up-lake.js';

interface Meaning {
  /** Whether it can be meant of this lake. */
  readonly concerns: (lake: Lake) => boolean;
  /** All of them are in the message. */
  readonly patterns: readonly RegExp[];
  readonly say: (lake: Lake, line: string) => string;
  readonly hint: string;
}

const isInPostgres = ({ catalog }: Lake): boolean => catalog.type === 'postgres';

/** DuckDB has sent the request four times then. */
const SERVER_STATUS = /HTTP (?:code )?(5\d\d)\b/;

/**
 * Texts of DuckDB 1.5.5, libpq and S3 servers. What Postgres says of a login comes from another connection,
 * which is made before (wire/failures.ts).
 */
const MEANINGS: readonly Meaning[] = [
  {
    concerns: isInPostgres,
    patterns: [/Unable to connect to Postgres|server closed the connection|terminating connection/],
    say: ({ label }) => `The server of the catalog of ${label} closed the connection, or does not answer.`,
    hint: 'Run the same command again: it continues where it stopped.',
  },
  {
    concerns: isInPostgres,
    patterns: [/permission denied for|in a read-only transaction/],
    say: ({ label }) => `The user of the catalog of ${label} may not write there.`,
    hint: 'Grant this user CREATE on the database, or USAGE and CREATE on the schema of the catalog.',
  },
  {
    concerns: isInBucket,
    patterns: [/HTTP/, /\b40[13]\b|AccessDenied|SignatureDoesNotMatch|InvalidAccessKeyId/],
    say: ({ data }) => `The server of ${data} refused these keys.`,
    hint: 'Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and that they may list, read, write and delete there.',
  },
  {
    concerns: isInBucket,
    patterns: [/NoSuchBucket|The specified bucket does not exist/],
    say: ({ data }) => `The bucket of ${data} does not exist.`,
    hint: 'Create it first, or name another one with data=.',
  },
  {
    concerns: isInBucket,
    patterns: [SERVER_STATUS],
    say: ({ data }, line) =>
      `The server of ${data} is overloaded or failing: it answered with status ${SERVER_STATUS.exec(line)?.[1]} again and again.`,
    hint: 'Run the same command again later: it continues where it stopped.',
  },
  {
    concerns: isInBucket,
    patterns: [/Timeout was reached error for HTTP/],
    say: ({ data }) => `The server of ${data} did not answer in time.`,
    hint: 'Check the network and AWS_ENDPOINT_URL, then run the same command again: it continues where it stopped.',
  },
  {
    concerns: isInBucket,
    patterns: [/HTTP Error|Could not establish connection|Could not connect to server/],
    say: ({ data }, line) => `The server of ${data} does not answer as expected: ${line}`,
    hint: 'Check AWS_ENDPOINT_URL and AWS_REGION, then run the same command again: it continues where it stopped.',
  },
  {
    concerns: () => true,
    patterns: [/Transaction conflict|Exceeded the maximum retry count/],
    say: ({ label }) => `Another program changed ${label} in the same moment: nothing was written.`,
    hint: 'Run the same command again: it continues where it stopped.',
  },
];

/** Makes a XanoError about a lake of any failure. No secret is in it, nor in its causes. */
export function lakeFailure(thrown: unknown, lake: Lake): XanoError {
  if (thrown instanceof XanoError) return thrown;
  const label = withoutSecrets(lake.label, secretsOf(lake));
  // A bug of this program.
  if (thrown instanceof TypeError || thrown instanceof ReferenceError) return databaseFailure(thrown, label);
  const cause = failureWithoutSecrets(thrown, secretsOf(lake));
  const { message } = cause;
  const meaning = MEANINGS.find(
    ({ concerns, patterns }) => concerns(lake) && patterns.every((pattern) => pattern.test(message)),
  );
  if (meaning === undefined) return databaseFailure(cause, label);
  const [line = ''] = message.split('\n');
  return new XanoError('DATABASE_FAILED', meaning.say(lake, line), { hint: meaning.hint, cause });
}

/** Runs work, and throws its failures in words about the lake. */
export async function aboutLake<T>(lake: Lake, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw lakeFailure(thrown, lake);
  }
}
