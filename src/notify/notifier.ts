/**
 * Tells receivers what a load, or a look at its destination, found.
 * In: receivers of a project, and observations.
 * Out: notices to those who do not know yet, pings, and a sentence for each that did not arrive. Never
 * throws.
 */
import { asXanoError } from '../index.js';
import { textPoster } from '../rest/http/wire/post-text.js';
import type { SessionContext } from '../session/context.js';
import { VERSION } from '../session/version.js';
import { type Delivering, deliver } from './deliver.js';
import { bodyOf, type Notice, sentenceOf, signedHeaders } from './message.js';
import type { Healthcheck, Receiver, Webhook } from './notify-schema.js';
import type { Finding, Observation } from './observe.js';
import { type OpenProblems, readTold, stepsOf, type Told, type ToldOf, toldFile, writeTold } from './told.js';

/** What a notifier needs. */
export interface NotifierOptions extends ToldOf {
  readonly receivers: readonly Receiver[];
  /** The folder of the state. */
  readonly folder: string;
  readonly context: Pick<SessionContext, 'env' | 'now' | 'sleep' | 'signal'>;
  /** Calls a function once after this time. Returns the way to cancel it. */
  readonly alarm: (ms: number, ring: () => void) => () => void;
  /** A text that nobody had before. */
  readonly random: () => string;
  /** Receives a sentence, without any address. */
  readonly warn: (sentence: string) => void;
}

/** How a load went, for a dead man's switch. */
export type PingKind = 'start' | 'success' | 'fail';

/** A ping that is on its way. */
export interface Ping {
  /** Resolves when it arrived, or when nobody tries any more. */
  readonly done: Promise<void>;
  /** Gives it up. */
  readonly stop: () => void;
}

/** What became of one notice of a test. */
export interface TestOutcome {
  /** The variable that holds the address. */
  readonly receiver: string;
  readonly kind: string;
  /** Why it did not arrive, as the rest of a sentence; null where it did. */
  readonly trouble: string | null;
}

/** Sends notices. Each call ends after ten seconds at most. */
export interface Notifier {
  /** Tells receivers what they do not know yet, and remembers that. */
  readonly tell: (observation: Observation) => Promise<void>;
  /**
   * Tells dead man's switches how far a load is; `words` says more to people. `after`: the ping that must
   * come first, which gets half of the time.
   */
  readonly ping: (kind: PingKind, words: string, after?: Ping) => Ping;
  /** Sends one notice to each receiver, and remembers nothing. */
  readonly test: () => Promise<TestOutcome[]>;
}

/** The longest time that a load spends on notices at its end. Milliseconds. */
const DEADLINE_MS = 10_000;

/** Makes a notifier. */
export function createNotifier(options: NotifierOptions): Notifier {
  const { receivers, warn } = options;
  const post = textPoster(options.context.env, `xano-connector/${VERSION}`);
  const hooks = receivers.filter((one) => one.type === 'webhook');
  const switches = receivers.filter((one) => one.type === 'healthcheck');
  const within = <T>(work: (delivering: Delivering) => Promise<T>): Promise<T> =>
    withDeadline(options, (signal) => work({ post, sleep: options.context.sleep, signal }));
  const pingAll = (kind: PingKind, words: string, delivering: Delivering) =>
    Promise.all(switches.map((one) => ping(one, kind, words, options, delivering)));
  return {
    tell: async (observation) => {
      if (hooks.length === 0) return;
      try {
        await within((delivering) => tell(observation, hooks, options, delivering));
      } catch (thrown) {
        // The state could not be read or written.
        warn(`Notices are not certain to come once: ${asXanoError(thrown).message}`);
      }
    },
    ping: (kind, words, after) => {
      const stop = new AbortController();
      const done = within(async ({ signal, ...delivering }) => {
        const both = { ...delivering, signal: AbortSignal.any([signal, stop.signal]) };
        const off = after === undefined ? () => {} : options.alarm(DEADLINE_MS / 2, after.stop);
        await after?.done;
        off();
        for (const [i, trouble] of (await pingAll(kind, words, both)).entries())
          if (trouble !== undefined) warn(`The receiver of ${switches[i]!.url.env} ${trouble}.`);
      });
      return { done, stop: () => stop.abort() };
    },
    test: () => within((delivering) => Promise.all(receivers.map((one) => test(one, options, delivering)))),
  };
}

async function withDeadline<T>(
  { context, alarm }: NotifierOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const onAbort = (): void => over.abort();
  if (context.signal.aborted) onAbort();
  context.signal.addEventListener('abort', onAbort, { once: true });
  const off = alarm(DEADLINE_MS, onAbort);
  try {
    return await work(over.signal);
  } finally {
    off();
    context.signal.removeEventListener('abort', onAbort);
  }
}

const keyOf = ({ url, format }: Webhook): string => `${url.env} ${format}`;

async function tell(
  observation: Observation,
  hooks: readonly Webhook[],
  options: NotifierOptions,
  delivering: Delivering,
): Promise<void> {
  const file = toldFile(options.folder, options);
  const { value, moved_to } = readTold(file);
  if (moved_to !== undefined)
    options.warn(`${file} was damaged; it is now ${moved_to}, and receivers may hear of a problem again.`);
  const before: Told = value ?? { version: 1, receivers: {} };
  const known = await Promise.all(
    hooks.map(async (hook): Promise<readonly [string, OpenProblems]> => {
      const key = keyOf(hook);
      return [key, await tellOne(hook, before.receivers[key] ?? {}, observation, options, delivering)];
    }),
  );
  const after: Told = { version: 1, receivers: { ...before.receivers, ...Object.fromEntries(known) } };
  if (JSON.stringify(after) !== JSON.stringify(before)) writeTold(file, after);
}

/** Sends a receiver what it does not know. Returns what it knows then: only what has arrived. */
async function tellOne(
  hook: Webhook,
  known: OpenProblems,
  observation: Observation,
  options: NotifierOptions,
  delivering: Delivering,
): Promise<OpenProblems> {
  const { steps, rest } = stepsOf(known, observation, hook.on, options.context.now());
  let knows = rest;
  for (const { notice, next } of steps) {
    const trouble = await send(hook, noticeOf(notice, observation.load_id, options), options, delivering);
    if (trouble !== undefined) {
      options.warn(`The receiver of ${hook.url.env} ${trouble}: it was not told "${notice.event}".`);
      return knows;
    }
    knows = next;
  }
  return knows;
}

function noticeOf(found: Finding, load_id: string | null, options: NotifierOptions): Notice {
  const { project, destination, dataset, context, random } = options;
  return { ...found, project, destination, dataset, load_id, id: `msg_${random()}`, at: context.now() };
}

/** Why a notice did not arrive, as the rest of a sentence; undefined where it did. */
async function send(
  { url, format, secret }: Webhook,
  notice: Notice,
  { context: { env } }: NotifierOptions,
  delivering: Delivering,
): Promise<string | undefined> {
  const address = env[url.env] ?? '';
  if (address === '') return 'has no address: the variable is not set';
  const key = secret === null ? null : (env[secret.env] ?? '');
  const body = bodyOf(notice, format);
  const signed = format === 'json' ? signedHeaders(notice, body, key) : {};
  if (signed === undefined)
    return `gets nothing: ${secret!.env} is not a secret such as whsec_ with base64 behind it`;
  const headers = { 'content-type': 'application/json', ...signed };
  return deliver({ url: address, headers, body }, delivering);
}

/** Why a ping did not arrive, as the rest of a sentence; undefined where it did. */
async function ping(
  { url }: Healthcheck,
  kind: PingKind,
  words: string,
  { context: { env } }: NotifierOptions,
  delivering: Delivering,
): Promise<string | undefined> {
  const address = env[url.env] ?? '';
  if (address === '') return 'has no address: the variable is not set';
  const headers = { 'content-type': 'text/plain; charset=utf-8' };
  return deliver({ url: pingAddress(address, kind), headers, body: words }, delivering);
}

/** https://healthchecks.io/docs/http_api/: `/start` and `/fail` behind the address, nothing for a success. */
function pingAddress(address: string, kind: PingKind): string {
  if (kind === 'success') return address;
  const [path = '', query] = address.split('?', 2);
  return `${path.replace(/\/$/, '')}/${kind}${query === undefined ? '' : `?${query}`}`;
}

async function test(
  receiver: Receiver,
  options: NotifierOptions,
  delivering: Delivering,
): Promise<TestOutcome> {
  const sentence = 'this is a test; nothing failed.';
  const example: Finding = { event: 'test', sentence, tables: [] };
  const trouble =
    receiver.type === 'webhook'
      ? await send(receiver, noticeOf(example, null, options), options, delivering)
      : await ping(
          receiver,
          'success',
          sentenceOf({ ...example, project: options.project }),
          options,
          delivering,
        );
  const kind = receiver.type === 'webhook' ? receiver.format : 'healthcheck';
  return { receiver: receiver.url.env, kind, trouble: trouble ?? null };
}
