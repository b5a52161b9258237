/** Translates what Postgres and the network say into errors with a hint. */
import { asXanoError, type ErrorCode, XanoError } from '../../../../errors.js';

/** What a failure means. `say` gets the label of the database and what Postgres said. */
interface Meaning {
  readonly say: (label: string, said: Said) => string;
  readonly hint: string;
  readonly code?: ErrorCode;
}

/** What an error of `pg` holds, as far as people need it. */
interface Said {
  readonly message: string;
  readonly detail: string;
}

const HINT_AGAIN = 'Run the same command again: it continues where it stopped.';

/**
 * By SQLSTATE (appendix A of the manual of Postgres), and by the names that Node gives to failures of the
 * network.
 */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  '28P01': {
    say: (label) => `Postgres refused the password for ${label}.`,
    hint: 'Put the right password into PGPASSWORD or ~/.pgpass.',
  },
  '28000': {
    say: (label, { message }) => `Postgres refused the login for ${label}: ${message}`,
    hint: 'Check the user, and what pg_hba.conf allows; a server on the internet needs ?sslmode=verify-full.',
  },
  '3D000': {
    say: (label) => `The database of ${label} does not exist.`,
    hint: 'Create it first (createdb), or name another one with --to.',
  },
  '42501': {
    say: (label, { message }) => `The user of ${label} lacks a right: ${message}`,
    hint: 'Grant it: GRANT CREATE ON DATABASE … TO …; or log in as the owner of the tables.',
  },
  '25006': {
    say: (label) => `${label} is read-only: it is a replica, or its sessions may only read.`,
    hint: 'Name the primary server with --to, or set default_transaction_read_only to off for this user.',
  },
  '53300': {
    say: (label, { message }) => `${label} accepts no more connections: ${message}.`,
    hint: 'Close other sessions, raise max_connections or the CONNECTION LIMIT of the user, or run again later.',
  },
  '53100': {
    say: (label, { message }) => `The server of ${label} has no room on its disk: ${message}.`,
    hint: 'Free disk space there, then run the same command again: it continues where it stopped.',
  },
  '53200': {
    say: (label) => `The server of ${label} is out of memory.`,
    hint: HINT_AGAIN,
  },
  '55P03': {
    code: 'DATABASE_LOCKED',
    say: (label) => `Another session of ${label} holds a lock on a table that this load publishes.`,
    hint: `Find it in pg_stat_activity and pg_locks, end its transaction. ${HINT_AGAIN}`,
  },
  '57P01': {
    say: (label) => `The server of ${label} closed the connection: it was shut down or restarted.`,
    hint: HINT_AGAIN,
  },
  '57P03': {
    say: (label) => `The server of ${label} is starting or stopping.`,
    hint: HINT_AGAIN,
  },
  '2BP01': {
    say: (label, { message, detail }) =>
      `Something in ${label} depends on it: ${message}${detail === '' ? '' : ` (${detail})`}`,
    hint: 'Drop what depends on it, load again, and create it again.',
  },
  '0A000': {
    say: (label, { message, detail }) =>
      `Postgres cannot change a column of ${label}: ${message}${detail === '' ? '' : ` (${detail})`}`,
    hint: 'Drop the view or rule that is named, load again, and create it again.',
  },
  '23000': {
    say: (label, { message }) => `${label} refuses the rows of this load: ${message}. The old rows stay.`,
    hint: 'Correct the rows in Xano, or drop the constraint that is named.',
  },
  '23505': {
    // Unlike other constraints, what it names is the key alone, and not the whole row.
    say: (label, { message, detail }) =>
      `${label} refuses the rows of this load: ${message}${inBrackets(detail)}. The old rows stay.`,
    hint: 'Correct the rows in Xano, or drop the constraint; where rows exchange values, make it DEFERRABLE INITIALLY DEFERRED.',
  },
  '23503': {
    say: (label, { message, detail }) =>
      `${label} refuses the rows of this load: ${message}${inBrackets(detail)}. The old rows stay.`,
    hint: 'Correct the rows in Xano or in the other table, or drop the foreign key that is named.',
  },
  '54000': {
    say: (label, { message }) => `A row does not fit into Postgres at ${label}: ${message}`,
    hint: 'Exclude columns that nobody needs (excluded in an endpoints file), or load into a DuckDB file.',
  },
  ENOTFOUND: {
    say: (label) => `The host of ${label} is unknown.`,
    hint: 'Check its name and the network.',
  },
  ECONNREFUSED: {
    say: (label) => `No Postgres answers at ${label}.`,
    hint: 'Start the server, or correct host and port in --to.',
  },
  ETIMEDOUT: {
    say: (label) => `The server of ${label} did not answer in time.`,
    hint: 'Check host, port, firewall and network; connect_timeout=30 in the address waits longer.',
  },
};

const SAME_AS: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'ENOTFOUND',
  EHOSTUNREACH: 'ETIMEDOUT',
  ENETUNREACH: 'ETIMEDOUT',
  ENOENT: 'ECONNREFUSED',
  '57P02': '57P01',
  '54011': '54000',
  '54001': '54000',
  '23001': '23503',
  '23502': '23000',
  '23514': '23000',
  '23P01': '23505',
};

/** A quota, and a limit on the size of files, have no SQLSTATE of their own: Postgres calls them XX000. */
const NO_ROOM = /Disk quota exceeded|File too large/i;

const inBrackets = (detail: string): string => (detail === '' ? '' : ` (${detail.replace(/\.$/, '')})`);

/** Codes of a connection that is gone: the server may have done what it was asked, or not. */
const LOST: readonly string[] = [
  '57P01',
  '57P02',
  '57P03',
  '08006',
  '08003',
  '08000',
  'ECONNRESET',
  'EPIPE',
  'ECONNREFUSED',
];

/** Codes after which the same transaction may succeed: a lock, a deadlock, a conflict. */
const WORTH_ANOTHER: readonly string[] = ['55P03', '40P01', '40001'];

/** The SQLSTATE or the system's code of a failure; an empty text where it has none. */
export function codeOf(thrown: unknown): string {
  const code = thrown instanceof Error ? (Reflect.get(thrown, 'code') as unknown) : undefined;
  return typeof code === 'string' ? code : '';
}

/** Whether the connection is gone. */
export function isLost(thrown: unknown): boolean {
  const message = thrown instanceof Error ? thrown.message : '';
  return (
    LOST.includes(codeOf(thrown)) ||
    /Connection terminated|not queryable|Client was closed|server closed the connection/i.test(message)
  );
}

/** Whether the same transaction may succeed a moment later. */
export const isWorthAnother = (thrown: unknown): boolean =>
  WORTH_ANOTHER.includes(codeOf(thrown)) || isMadeByAnother(thrown);

/** Whether a statement waited for a lock in vain. */
export const isLockTimeout = (thrown: unknown): boolean => codeOf(thrown) === '55P03';

/**
 * Whether another session made the same schema or table at that moment, or dropped the schema of tables on
 * their way: CREATE … IF NOT EXISTS fails then, on an index of the catalog.
 */
const isMadeByAnother = (thrown: unknown): boolean =>
  (codeOf(thrown) === '23505' && fieldOf(thrown, 'schema') === 'pg_catalog') ||
  ['42P06', '42P07', '3F000'].includes(codeOf(thrown));

/** Makes a XanoError about a database of any failure. It never repeats one of the secrets. */
export function postgresFailure(thrown: unknown, label: string, secrets: readonly string[] = []): XanoError {
  if (thrown instanceof XanoError) return thrown;
  if (thrown instanceof TypeError || thrown instanceof ReferenceError || thrown instanceof RangeError)
    return asXanoError(thrown);
  const first = firstOf(thrown);
  const withoutSecrets = (text: string): string =>
    secrets.reduce((shown, secret) => (secret === '' ? shown : shown.replaceAll(secret, '***')), text);
  const said: Said = {
    message: withoutSecrets(oneLine(first instanceof Error ? first.message : String(first))),
    detail: withoutSecrets(oneLine(fieldOf(first, 'detail'))),
  };
  const code = NO_ROOM.test(said.message) ? '53100' : codeOf(first);
  const failed = functionOf(first);
  if (failed !== undefined && !isLost(first) && !isWorthAnother(first))
    return new XanoError(
      'DATABASE_FAILED',
      `The function ${failed} of ${label} failed: ${said.message}. The old rows stay.`,
      {
        hint: 'Correct the function, or drop its trigger. Loads run it with search_path = pg_catalog: names in it need their schema.',
      },
    );
  const meaning = MEANINGS[SAME_AS[code] ?? code];
  if (meaning !== undefined)
    return new XanoError(meaning.code ?? 'DATABASE_FAILED', meaning.say(label, said), { hint: meaning.hint });
  if (isLost(first))
    return new XanoError('DATABASE_FAILED', `The connection to ${label} was lost.`, { hint: HINT_AGAIN });
  if (/timeout/i.test(said.message) && code === '')
    return postgresFailure(Object.assign(new Error(said.message), { code: 'ETIMEDOUT' }), label);
  if (/does not support SSL/.test(said.message))
    return new XanoError('DATABASE_FAILED', `The server of ${label} does not encrypt connections.`, {
      hint: 'Turn on TLS there, or use ?sslmode=disable on a network that you trust.',
    });
  if (/SSL|certificate|TLS/i.test(`${said.message} ${code}`))
    return new XanoError('DATABASE_FAILED', `The encrypted connection to ${label} failed: ${said.message}`, {
      hint: 'Name the certificates of its authority with ?sslrootcert=FILE; sslmode=disable or no-verify checks nothing.',
    });
  return new XanoError('DATABASE_FAILED', `Postgres at ${label} refused: ${said.message}`, {
    hint: 'Name another database with --to, or look into the log of the server.',
  });
}

/** Node gives one error for all addresses of a host: the first says it. */
const firstOf = (thrown: unknown): unknown =>
  thrown instanceof AggregateError && thrown.errors.length > 0 ? thrown.errors[0] : thrown;

/** A text among the fields of an error of `pg`; empty where it has none. */
const fieldOf = (thrown: unknown, name: 'detail' | 'where' | 'schema'): string => {
  const field = thrown instanceof Error ? (Reflect.get(thrown, name) as unknown) : undefined;
  return typeof field === 'string' ? field : '';
};

/** The function in which a statement failed: a line of the context names it. */
function functionOf(thrown: unknown): string | undefined {
  for (const line of fieldOf(thrown, 'where').split('\n'))
    for (const language of ['PL/pgSQL function ', 'SQL function '])
      if (line.startsWith(language))
        return line
          .slice(language.length)
          .split(/ line | statement | during /)[0]
          ?.replaceAll('"', '');
  return undefined;
}

const MOST_MESSAGE = 500;

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > MOST_MESSAGE ? `${line.slice(0, MOST_MESSAGE)}…` : line;
}
