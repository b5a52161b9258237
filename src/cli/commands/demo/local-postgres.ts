/**
 * A Postgres server on this computer, for the demo and the tests: on loopback, in a temporary folder, without
 * root's rights. In: the programs and settings. Out: its URL, and functions that restart and stop it.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.js';
import { guardServer } from './guard-server.js';
import { type PostgresBinaries, programOf } from './postgres-binaries.js';

/** What a server is started with. */
export interface PostgresOptions {
  /** The password of the user `xano`; without one the server trusts every connection of this computer. */
  readonly password?: string;
  /** Lines of postgresql.conf beside those of {@link SETTINGS}, for example `{ max_connections: '5' }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A server that runs. */
export interface LocalPostgres {
  /** `postgres://xano@127.0.0.1:<port>/postgres`, with the password where there is one. */
  readonly url: string;
  readonly port: number;
  /** The temporary folder: the database in `data`, what the server logs in `log`. */
  readonly folder: string;
  /** The process of the server now; a restart changes it. */
  readonly pid: () => number;
  /**
   * Starts the server again at the same address. `fast` ends connections and writes everything to disk;
   * `immediate` stops as a crash does, and the server recovers when it starts.
   */
  readonly restart: (mode: 'fast' | 'immediate') => Promise<void>;
  /** Stops the server and removes its folder. */
  readonly stop: () => Promise<void>;
}

/**
 * Speed instead of durability, since the folder does not outlive the process that started the server. Commits
 * stay synchronous: without that, a restart that is `immediate` loses the last of them.
 */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  // Paths of sockets are limited to 107 bytes, and folders of macOS come close.
  unix_socket_directories: '',
  max_connections: '100',
  fsync: 'off',
  full_page_writes: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
} as const;

/** Another program may take the port between the moment that it is chosen and the server's start. */
const ATTEMPTS = 5;

const run = promisify(execFile);

/** How the programs are started: Postgres refuses to run as root. */
interface Started {
  readonly binaries: PostgresBinaries;
  readonly folder: string;
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * Starts a server. It ends with the process that started it, whatever ends that. Throws an Error with the
 * last lines of the server's log where it does not start.
 */
export async function startLocalPostgres(
  binaries: PostgresBinaries,
  options: PostgresOptions = {},
): Promise<LocalPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'xano-postgres-'));
  const release = guardServer({ folder, pid_file: pidFile(folder), signal: 'SIGQUIT' });
  try {
    const started = await asOtherUser(binaries, folder);
    await createCluster(started, options);
    const port = await startServer(started);
    const { password } = options;
    const secret = password === undefined ? '' : `:${encodeURIComponent(password)}`;
    return {
      url: `postgres://xano${secret}@127.0.0.1:${port}/postgres`,
      port,
      folder,
      pid: () => Number(readFileSync(pidFile(folder), 'utf8').split('\n')[0]),
      restart: (mode) => control(started, 'restart', '-m', mode),
      stop: async () => {
        await control(started, 'stop', '-m', 'fast');
        await end(folder, release);
      },
    };
  } catch (thrown) {
    await end(folder, release);
    throw thrown;
  }
}

async function end(folder: string, release: () => void): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  release();
}

/** Its first line is the process id; Postgres removes the file when it has stopped. */
const pidFile = (folder: string): string => join(folder, 'data', 'postmaster.pid');

/**
 * Whom the programs run as. Root hands its folder to the user `postgres`, or else to `nobody`, and copies
 * programs that this user cannot read, such as those below /root.
 */
async function asOtherUser(binaries: PostgresBinaries, folder: string): Promise<Started> {
  if (userInfo().uid !== 0) return { binaries, folder, user: undefined };
  const user = unprivilegedUser();
  chownSync(folder, user.uid, user.gid);
  try {
    await run(programOf(binaries, 'initdb'), ['--version'], { ...user, cwd: folder });
    return { binaries, folder, user };
  } catch {
    const copy = join(folder, 'native');
    cpSync(binaries.folder, copy, { recursive: true, verbatimSymlinks: true });
    return { binaries: { folder: copy }, folder, user };
  }
}

function unprivilegedUser(): { readonly uid: number; readonly gid: number } {
  const users = existsSync('/etc/passwd') ? readFileSync('/etc/passwd', 'utf8').split('\n') : [];
  for (const wanted of ['postgres', 'nobody']) {
    const [name, , uid, gid] = users.find((line) => line.startsWith(`${wanted}:`))?.split(':') ?? [];
    if (name !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  return { uid: 65_534, gid: 65_534 };
}

async function createCluster(started: Started, { password, settings }: PostgresOptions): Promise<void> {
  const { binaries, folder, user } = started;
  const secret = join(folder, 'password');
  writeFileSync(secret, password ?? '', { mode: 0o600 });
  if (user !== undefined) chownSync(secret, user.uid, user.gid);
  const auth = password === undefined ? ['--auth=trust'] : ['--auth=scram-sha-256', `--pwfile=${secret}`];
  // The same order and the same upper case on every computer, whatever locales it has.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const data = join(folder, 'data');
  await run(programOf(binaries, 'initdb'), ['-D', data, '-U', 'xano', '--no-sync', ...auth, ...locale], {
    ...user,
    cwd: folder,
  });
  await rm(secret);
  configure(folder, { ...SETTINGS, ...settings });
}

/** Later lines of the file win over earlier ones. */
function configure(folder: string, settings: Readonly<Record<string, string>>): void {
  const lines = Object.entries(settings).map(
    ([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`,
  );
  appendFileSync(join(folder, 'data', 'postgresql.conf'), lines.join(''));
}

async function startServer(started: Started): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    configure(started.folder, { port: String(port) });
    try {
      await control(started, 'start');
      return port;
    } catch (thrown) {
      if (attempt < ATTEMPTS) continue;
      const log = join(started.folder, 'log');
      const lines = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').slice(-5).join('\n') : '';
      throw new Error(`Postgres does not start: ${lines}`, { cause: thrown });
    }
  }
}

/**
 * Starts, restarts or stops the server, and waits until that is done. Its output goes to a file: with pipes
 * the program would seem to run for as long as the server does.
 */
async function control(
  { binaries, folder, user }: Started,
  ...command: readonly ['start' | 'restart' | 'stop', ...string[]]
): Promise<void> {
  const files = ['-D', join(folder, 'data'), '-l', join(folder, 'log')];
  const options = { ...user, cwd: folder, stdio: 'ignore' as const };
  const child = spawn(programOf(binaries, 'pg_ctl'), [...command, '-w', '-s', ...files], options);
  const [status] = (await once(child, 'exit')) as [number | null];
  if (status !== 0) throw new Error(`pg_ctl ${command.join(' ')} ended with the status ${status}.`);
}
