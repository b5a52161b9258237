/** What the server of a bucket, or the way to it, says when it fails, in our words and without secrets. */
import { XanoError } from '../../../../errors.js';
import type { Answer } from './send-once.js';

/** A request that failed, as a sentence needs it. */
export interface Failing {
  /** `s3://bucket/prefix/`. */
  readonly label: string;
  /** The server's host. */
  readonly host: string;
  /** The region that the request was signed for. */
  readonly region: string;
}

/** The code of an error of S3, such as `NoSuchBucket`; empty where there is none. */
export const codeOf = ({ text }: Pick<Answer, 'text'>): string =>
  /<Code>([A-Za-z0-9.]{1,80})<\/Code>/.exec(text)?.[1] ?? '';

interface Meaning {
  readonly statuses: readonly number[];
  /** Any, where there is none. */
  readonly codes?: RegExp;
  readonly say: (failing: Failing, status: number, code: string) => string;
  readonly hint: string;
}

const AGAIN = 'run the same command again: it continues where it stopped.';

/** The first that fits. Codes are those of Amazon S3, R2 and SeaweedFS. */
const MEANINGS: readonly Meaning[] = [
  {
    statuses: [400, 403],
    codes: /^(RequestTimeTooSkewed|RequestExpired)$/,
    say: ({ label }) => `The server of ${label} refused the time of this computer's clock.`,
    hint: 'Set the clock of this computer, then run the same command again.',
  },
  {
    statuses: [400, 401, 403],
    codes: /^(ExpiredToken|TokenRefreshRequired|InvalidToken)$/,
    say: ({ label }) => `The session of the keys for ${label} has expired.`,
    hint: `Log in again (\`aws sso login\`, or new AWS_* variables), then ${AGAIN}`,
  },
  {
    statuses: [401, 403],
    codes: /^(SignatureDoesNotMatch|InvalidAccessKeyId)$/,
    say: ({ label }) => `The server of ${label} refused these keys.`,
    hint: 'Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_PROFILE.',
  },
  {
    statuses: [401, 403],
    say: ({ label }) => `These keys may not do this in ${label}.`,
    hint: 'Grant the keys the rights to list, read, write and delete there.',
  },
  {
    statuses: [404],
    codes: /^NoSuchBucket$/,
    say: ({ label }) => `The bucket of ${label} does not exist.`,
    hint: 'Create it first, or name another one with --to.',
  },
  {
    statuses: [301, 307, 400],
    codes:
      /^(PermanentRedirect|TemporaryRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException|)$/,
    say: ({ label, region }) => `The bucket of ${label} is not in the region "${region}".`,
    hint: 'Set AWS_REGION to the region of the bucket.',
  },
  {
    statuses: [429, 500, 502, 503, 504],
    say: ({ label }, status) =>
      `The server of ${label} is overloaded or failing: it answered with status ${status} again and again.`,
    hint: `Wait a while, then ${AGAIN}`,
  },
];

/** Makes an error of an answer that is not the wanted one. */
export function answerFailure(failing: Failing, answer: Answer): XanoError {
  const { status } = answer;
  const code = codeOf(answer);
  const meaning = MEANINGS.find(
    ({ statuses, codes }) => statuses.includes(status) && (codes === undefined || codes.test(code)),
  );
  const region = answer.headers['x-amz-bucket-region'];
  const cause = new Error(
    `${failing.host} answered with status ${status}${code === '' ? '' : ` (${code})`}.`,
  );
  if (meaning === undefined)
    return new XanoError(
      'DATABASE_FAILED',
      `The server of ${failing.label} answered with status ${status}${code === '' ? '' : ` (${code})`}, which xano does not expect.`,
      { hint: 'Check AWS_ENDPOINT_URL and AWS_REGION: they must name a server of the S3 protocol.', cause },
    );
  const isRegion = status === 301 && region !== undefined && /^[a-z0-9-]{1,40}$/.test(region);
  return new XanoError('DATABASE_FAILED', meaning.say(failing, status, code), {
    hint: isRegion ? `Set AWS_REGION=${region}.` : meaning.hint,
    cause,
  });
}

/** Faults of the way to a server, by Node's code of them. */
const FAULTS: Readonly<Record<string, (failing: Failing) => string>> = {
  ENOTFOUND: ({ label, host }) => `The server of ${label}, ${host}, does not exist: its name is unknown.`,
  EAI_AGAIN: ({ label, host }) => `The name of the server of ${label}, ${host}, cannot be looked up now.`,
  ECONNREFUSED: ({ label, host }) => `The server of ${label}, ${host}, refuses connections.`,
  ETIMEDOUT: ({ label, host }) => `The server of ${label}, ${host}, did not answer in time.`,
  TRUNCATED: ({ label }) => `An answer of the server of ${label} ended early.`,
};

/** The code of what Node or got threw; empty where it has none. */
export const faultCode = (thrown: unknown): string =>
  thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';

/** Faults of the disk that a file is read from or written to. */
const OF_THE_DISK = /^(ENOENT|ENOSPC|EDQUOT|EACCES|EPERM|EROFS|EIO|EMFILE|ENFILE|EFBIG|ENOTDIR|EISDIR)$/;

/** Whether the disk of this computer failed, and not the way to the server. */
export const isOfTheDisk = (thrown: unknown): boolean => OF_THE_DISK.test(faultCode(thrown));

/** Makes an error of what Node or got threw. Its own message is not repeated: it may hold an address. */
export function sendFailure(failing: Failing, thrown: unknown): XanoError {
  const code = faultCode(thrown);
  const say = FAULTS[code];
  const isCertificate = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/.test(code);
  const message =
    say?.(failing) ??
    (isCertificate
      ? `The certificate of ${failing.host}, the server of ${failing.label}, is not valid.`
      : `The connection to the server of ${failing.label}, ${failing.host}, broke.`);
  return new XanoError('DATABASE_FAILED', message, {
    hint: `Check the network, AWS_ENDPOINT_URL and AWS_REGION, then ${AGAIN}`,
    cause: new Error(/^[A-Z_]{3,60}$/.test(code) ? code : 'unknown fault'),
  });
}

/** The refusal to overwrite what another load wrote. `key` names the object. */
export function changedMeanwhile(label: string, key: string): XanoError {
  return new XanoError(
    'DATABASE_LOCKED',
    `Another load wrote ${label}${key} while this one ran: it was not overwritten.`,
    { hint: 'Run the same command again: it begins with what the other load wrote.' },
  );
}
