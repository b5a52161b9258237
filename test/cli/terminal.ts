/** The command line at a desk of its own: streams in memory, a clock, a folder, a local Xano. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import unicode from '@xterm/addon-unicode11';
import xterm from '@xterm/headless';
import { expect, onTestFinished } from 'vitest';
import type { Output } from '../../src/cli/context.js';
import { run } from '../../src/cli/run.js';
import {
  type ErrorCode,
  type LocalXano,
  type LocalXanoOptions,
  queryFile,
  startLocalXano,
} from '../../src/index.js';

/** What a command said, and how it ended. */
export interface Said {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Keys, and the words on the screen that they are the answer to: each time after what was answered before.
 */
export interface Typed {
  readonly at: string;
  readonly keys: string;
}

/** How a command is run. */
export interface RunOptions {
  /** Variables beside the desk's own; undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: string;
  /**
   * Stdin is a terminal, and this is typed there: at once, or each part when the screen shows what it
   * answers.
   */
  readonly typed?: string | readonly Typed[];
  /** Stdout and stderr are a terminal of so many columns. */
  readonly columns?: number;
  /** Lines of that terminal; 50 unless told. */
  readonly rows?: number;
  readonly signal?: AbortSignal;
  /** How to start the program again. */
  readonly program?: readonly string[];
}

/** A clock that only moves when somebody sleeps or says so. */
export interface Clock {
  readonly now: () => number;
  /** Moves on; alarms ring on the way, each at its time. */
  readonly advance: (ms: number) => void;
  readonly alarm: (ms: number, ring: () => void) => () => void;
}

/** Makes a clock that stands at {@link START}. */
export function createClock(): Clock {
  let time = START;
  const alarms = new Set<{ readonly at: number; readonly ring: () => void }>();
  return {
    now: () => time,
    advance: (ms) => {
      const end = time + ms;
      for (;;) {
        const [next] = [...alarms].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at);
        if (next === undefined) break;
        alarms.delete(next);
        time = Math.max(time, next.at);
        next.ring();
      }
      time = Math.max(time, end);
    },
    alarm: (ms, ring) => {
      const alarm = { at: time + ms, ring };
      alarms.add(alarm);
      return () => alarms.delete(alarm);
    },
  };
}

/** A place to run commands at. */
export interface Desk {
  readonly xano: LocalXano;
  readonly clock: Clock;
  /** Where tests keep files. */
  readonly folder: string;
  /** A path in the folder. */
  readonly path: (name: string) => string;
  /** Names of what is in the folder. */
  readonly files: () => string[];
  /** Where the settings are. */
  readonly settings: string;
  /** The home folder; it need not exist. */
  readonly home: string;
  readonly run: (argv: readonly string[], options?: RunOptions) => Promise<Said>;
  /** A text with what differs from run to run replaced: origins, folders, load ids. */
  readonly tidy: (text: string) => string;
}

/** The flags that choose the workspace of the demo's shop, which a desk holds unless told otherwise. */
export const SHOP = ['--instance', 'x1234-4567-8901', '--workspace', 'Shop'];
/** The variables of a terminal without colour. */
export const PLAIN = { NO_COLOR: '1' };

/** The time on the clock of a new desk. */
export const START = Date.UTC(2026, 2, 1, 12);
/** An hour in milliseconds. */
export const HOUR_MS = 3_600_000;

/**
 * Makes a desk with a local Xano that goes by its clock. Whatever is run there, its tokens are looked for
 * afterwards.
 */
export async function openDesk(options: LocalXanoOptions = {}): Promise<Desk> {
  const base = mkdtempSync(join(tmpdir(), 'xano-cli-'));
  const folder = join(base, 'files');
  const settings = join(base, 'settings');
  const home = join(base, 'home');
  mkdirSync(folder);
  const clock = createClock();
  const xano = await startLocalXano({ now: clock.now, ...options });
  const secrets = new Set([xano.token]);
  onTestFinished(async () => {
    await xano.close();
    try {
      for (const file of filesIn(folder))
        for (const secret of secrets)
          expect(readFileSync(file).includes(secret), `a token is in ${file}`).toBe(false);
    } finally {
      rmSync(base, { recursive: true, force: true });
    }
  });

  const runAt = async (argv: readonly string[], given: RunOptions = {}): Promise<Said> => {
    const env = {
      XANO_TOKEN: xano.token,
      XANO_ACCOUNT_ORIGIN: xano.account_origin,
      XANO_CONFIG_DIR: settings,
      ...given.env,
    };
    for (const secret of [
      env.XANO_TOKEN,
      valueAfter(argv, '--token'),
      given.stdin?.trim(),
      ...(typeof given.typed === 'string' ? [given.typed] : (given.typed ?? []).map(({ keys }) => keys)).map(
        (keys) => keys.trim(),
      ),
    ])
      if (secret !== undefined && secret.length > 8) secrets.add(secret);
    const stdin = new PassThrough();
    const stdout = memory(given);
    const stderr = memory(given, typist(given.typed, stdin));
    if (given.typed === undefined) stdin.end(given.stdin ?? '');
    else if (typeof given.typed === 'string') stdin.write(given.typed);
    const output = (stream: Writable) => ({
      stream,
      is_terminal: given.columns !== undefined,
      columns: () => given.columns,
      rows: () => (given.columns === undefined ? undefined : (given.rows ?? 50)),
    });
    const status = await run({
      argv,
      env,
      uid: process.geteuid?.(),
      home,
      cwd: folder,
      stdin: { stream: stdin, is_terminal: given.typed !== undefined },
      stdout: output(stdout.stream),
      stderr: output(stderr.stream),
      now: clock.now,
      sleep: async (ms, signal) => {
        signal?.throwIfAborted();
        clock.advance(ms);
      },
      alarm: clock.alarm,
      signal: given.signal ?? new AbortController().signal,
      ...(given.program === undefined ? {} : { program: given.program }),
    });
    const said = { status, stdout: stdout.text(), stderr: stderr.text() };
    for (const secret of secrets) expect(said.stdout + said.stderr).not.toContain(secret);
    expect(said.stdout + said.stderr).not.toMatch(/^ {4}at /m);
    return said;
  };

  return {
    xano,
    clock,
    folder,
    path: (name) => join(folder, name),
    files: () => readdirSync(folder).toSorted(),
    settings,
    home,
    run: runAt,
    tidy: (text) => {
      const named = xano.instances.reduce(
        (so, { name, origin }) =>
          so.replaceAll(origin, `<${name}>`).replaceAll(new URL(origin).host, `<host of ${name}>`),
        text.replaceAll(xano.account_origin, '<account>').replaceAll(base, '<base>'),
      );
      return named.replace(/\d{8}T\d{6}Z-[0-9a-f]{4}/g, '<load id>');
    },
  };
}

/** Asserts that a command failed with nothing on stdout, and with this on stderr and nothing else. */
export function expectError(
  said: Said,
  status: number,
  code: ErrorCode,
  message: string,
  hint: string,
  before = '',
): void {
  expect(said).toEqual({
    status,
    stdout: '',
    stderr: `${before}Error: ${message}\n  ${hint}\n  Code: ${code}\n`,
  });
}

/** The rows that a query gives, each as its values. */
export async function rowsOfFile(file: string, sql: string): Promise<unknown[][]> {
  const { columns, rows } = await queryFile(file, sql);
  return rows.map((row) => columns.map((column) => row[column]));
}

/** What a terminal of that size shows in the end of what was written to it, with what scrolled away above. */
export async function screen(written: string, columns: number, rows: number): Promise<string[]> {
  const terminal = openScreen(columns, rows);
  terminal.output.stream.write(written);
  return terminal.lines();
}

/** A terminal that somebody looks at while something is written to it. */
export interface Screen {
  readonly output: Output;
  /** What it shows, with what scrolled away above. */
  readonly lines: () => Promise<string[]>;
  /** Somebody pulls at the window. */
  readonly resize: (columns: number, rows: number) => Promise<void>;
  /** Whether the cursor can be seen. */
  readonly cursor: () => Promise<boolean>;
}

/** Opens a terminal of that size. */
export function openScreen(columns: number, rows: number): Screen {
  const terminal = new xterm.Terminal({
    cols: columns,
    rows,
    convertEol: true,
    scrollback: 10_000,
    allowProposedApi: true,
  });
  // As wide as terminals show emoji today.
  terminal.loadAddon(new unicode.Unicode11Addon());
  terminal.unicode.activeVersion = '11';
  let raw = '';
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      raw += String(chunk);
      terminal.write(String(chunk));
      done();
    },
  });
  const settled = (): Promise<void> => new Promise((done) => terminal.write('', done));
  return {
    output: { stream, is_terminal: true, columns: () => terminal.cols, rows: () => terminal.rows },
    lines: async () => {
      await settled();
      const { active } = terminal.buffer;
      return Array.from(
        { length: active.length },
        (_, i) => active.getLine(i)?.translateToString(true) ?? '',
      );
    },
    resize: async (to_columns, to_rows) => {
      await settled();
      terminal.resize(to_columns, to_rows);
      stream.emit('resize');
    },
    cursor: async () => {
      await settled();
      return raw.lastIndexOf('\u001b[?25l') <= raw.lastIndexOf('\u001b[?25h');
    },
  };
}

/** A token's middle segment says this; nobody signed it. */
export function tokenWith(claims: object): string {
  const segment = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${segment({ alg: 'RS256', typ: 'JWT' })}.${segment(claims)}.c2lnbmF0dXJl`;
}

/** Types each part once what it answers is on the screen. */
function typist(typed: RunOptions['typed'], stdin: PassThrough): (text: string) => void {
  const waiting = typeof typed === 'string' ? [] : [...(typed ?? [])];
  let answered = 0;
  return (text) => {
    const at = waiting[0] === undefined ? -1 : text.indexOf(waiting[0].at, answered);
    if (at === -1) return;
    const { keys } = waiting.shift()!;
    answered = text.length;
    // The question is on the screen before its answer is listened for.
    setImmediate(() => stdin.write(keys));
  };
}

function memory(
  { columns, rows = 50 }: RunOptions,
  onText: (text: string) => void = () => {},
): { stream: Writable; text: () => string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      chunks.push(Buffer.from(chunk));
      onText(Buffer.concat(chunks).toString('utf8'));
      done();
    },
  });
  // What terminals add to a stream, for those who look there.
  if (columns !== undefined) Object.assign(stream, { isTTY: true, columns, rows });
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') };
}

const valueAfter = (argv: readonly string[], word: string): string | undefined =>
  argv.includes(word) ? argv[argv.indexOf(word) + 1] : undefined;

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
