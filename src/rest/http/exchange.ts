/** Sends a request until it is answered or given up: queueing, waits, other credentials. */
import { amended, isTokenError, XanoError } from '../../errors.js';
import { isSafeUrl } from '../config/safe-url.js';
import { assertAddressBounded } from '../decode/answer/bounds.js';
import { anySignal } from './any-signal.js';
import { type Attempt, attemptOnce, type Exchange, type FailedAttempt } from './attempt.js';
import type { Credentials } from './auth/credentials.js';
import { fillVariables } from './auth/fill-variables.js';
import { assertNoSecret, guardedSecrets } from './auth/guard-secrets.js';
import { type ClientState, type Server, serverAt } from './client-state.js';
import { areRefusedToo } from './credential-check.js';
import { tooLongFailure } from './failures.js';
import { requestUrl } from './request.js';
import { LONGEST_WAIT_MS } from './wait-time.js';

/** After this many refusals in a row by a rate limit, with no answer between them, the request fails. */
const MAX_REFUSALS = 12;
const FIRST_RETRY_MS = 500;

/**
 * The most tries with a server that accepts requests and never answers: with 60 s each, three minutes in all.
 */
const MOST_STALLS = 3;

/** How far an exchange has come. */
interface Tries<T> {
  readonly exchange: Exchange<T>;
  readonly url: URL;
  readonly server: Server;
  readonly signal: AbortSignal | undefined;
  /** The number of the next try, from 1. Refusals by a rate limit do not count. */
  attempt: number;
  /** Credentials that replaced refused ones. */
  others: Credentials | undefined;
  asked_again: boolean;
  /** Time that timed-out attempts have taken, and the waits between them. */
  lost_ms: number;
  stalls: number;
}

/** Sends a request until its answer is accepted. Throws the XanoError of the last try. */
export async function runExchange<T>(client: ClientState, exchange: Exchange<T>): Promise<T> {
  const { request, sender } = exchange;
  const signal = anySignal(client.options.signal, sender.signal, sender.stop);
  const url = requestUrl(request);
  if (!isSafeUrl(url.href))
    throw new XanoError(
      'CONFIG_INVALID',
      `Refusing to send a token to ${url.origin}: plain http is only allowed for this computer.`,
      { hint: 'Use an https:// address.' },
    );
  assertAddressBounded(url.href, url.host);
  const server = serverAt(client, url.origin);
  const start = { attempt: 1, others: undefined, asked_again: false, lost_ms: 0, stalls: 0 };
  const tries: Tries<T> = { exchange, url, server, signal, ...start };
  for (;;) {
    const attempt = await nextAttempt(client, tries);
    const began = performance.now();
    const result = await attemptOnce(client, attempt);
    if ('accepted' in result) {
      client.reached.add(url.origin);
      return result.accepted;
    }
    server.concurrency.reduce();
    if (isLeftAlone(tries, result)) continue;
    if (await hasOtherCredentials(tries, result, attempt.credentials)) continue;
    const most = mostAttempts(client, tries, result);
    if (result.stalled === true) countStall(tries, result, most, performance.now() - began);
    if (!result.again || tries.attempt >= most || sender.gives_up?.(result.error, tries.attempt) === true)
      throw await finalError(client, tries, result, attempt.credentials);
    await waitToRetry(client, tries, result);
    tries.attempt++;
  }
}

/** Waits until the next try may be sent, and assembles it. */
async function nextAttempt<T>(client: ClientState, tries: Tries<T>): Promise<Attempt<T>> {
  const { exchange, url, server, signal } = tries;
  const { request, sender } = exchange;
  const { secrets, silence_ms } = client;
  await server.rate_limiter.turn(
    (wait_ms) => sender.on_wait?.({ kind: 'rate_limit', wait_ms, reason: 'the rate limit of the server' }),
    signal,
    (wait_ms) => tooLongFailure({ wait_ms, said: '' }, { method: request.method, url: url.href }),
  );
  signal?.throwIfAborted();
  const credentials = tries.others ?? (await exchange.authorize());
  const filled = fillVariables(request, client.find_secret);
  secrets.add(guardedSecrets(credentials, request, filled.request));
  assertNoSecret(url, request, secrets);
  if (sender.traffic !== undefined) sender.traffic.requests++;
  const left_ms = MOST_STALLS * silence_ms - tries.lost_ms;
  const allowed_ms =
    tries.stalls === 0 ? silence_ms : Math.min(silence_ms, Math.max(silence_ms / 2, left_ms));
  return { exchange, url, filled, credentials, server, silence_ms: allowed_ms, signal };
}

/**
 * Whether the rate limit refused the request. This is not a failed try: the refusal says when to come back.
 * Throws if the wait is too long, or the refusals too many.
 */
function isLeftAlone<T>({ server }: Tries<T>, { error, refused_ms }: FailedAttempt): boolean {
  if (refused_ms === undefined) return false;
  if (server.rate_limiter.refusals() > MAX_REFUSALS || refused_ms > LONGEST_WAIT_MS) throw error;
  return true;
}

/**
 * Whether the source of a refused token now holds another one. It is asked once: a token may expire while a
 * load runs.
 */
async function hasOtherCredentials<T>(
  tries: Tries<T>,
  { error }: FailedAttempt,
  refused: Credentials,
): Promise<boolean> {
  if (!isTokenError(error.code) || tries.asked_again) return false;
  const { exchange } = tries;
  tries.asked_again = true;
  tries.others = await exchange.authorizeAgain(refused);
  if (tries.others === undefined) return false;
  const reason = 'the server refused the token, and its source now holds another one';
  exchange.sender.on_wait?.({ kind: 'token', wait_ms: 0, reason });
  return true;
}

/**
 * The most tries of the request. A host that never answered is more likely misspelled than restarting, so it
 * gets fewer tries.
 */
function mostAttempts<T>(
  { options: { attempts = 6 }, reached }: ClientState,
  { exchange, url }: Tries<T>,
  { error }: FailedAttempt,
): number {
  const most = Math.min(exchange.sender.attempts ?? attempts, attempts);
  const isUnknown = error.code === 'XANO_UNREACHABLE' && !reached.has(url.origin);
  return isUnknown ? Math.min(3, most) : most;
}

/** Counts a try that timed out. Throws its error after the last allowed one. */
function countStall<T>(tries: Tries<T>, { error }: FailedAttempt, most: number, took_ms: number): void {
  const { server } = tries;
  tries.stalls++;
  tries.lost_ms += took_ms;
  if (!server.is_silent && tries.stalls < MOST_STALLS && tries.attempt < most) return;
  server.is_silent = true;
  throw error;
}

/** The error of the last try, with whether the server refuses the credentials for everything. */
async function finalError<T>(
  client: ClientState,
  { exchange, url, signal }: Tries<T>,
  { error, check_path }: FailedAttempt,
  credentials: Credentials,
): Promise<XanoError> {
  const refused =
    check_path !== undefined &&
    exchange.sender.is_alone?.() !== true &&
    (await areRefusedToo(client, url, check_path, credentials, signal));
  signal?.throwIfAborted();
  return refused ? amended(error, { rules_out: 'credentials_at_server' }) : error;
}

/**
 * Waits before the next try: longer each time, and at least as long as a busy server asks for. Throws the
 * error if that is too long.
 */
async function waitToRetry<T>(
  client: ClientState,
  tries: Tries<T>,
  { error, retry_after_ms = 0 }: FailedAttempt,
): Promise<void> {
  if (retry_after_ms > LONGEST_WAIT_MS) throw error;
  const backoff_ms = FIRST_RETRY_MS * 2 ** (tries.attempt - 1);
  const wait_ms = Math.min(Math.max(backoff_ms, retry_after_ms), LONGEST_WAIT_MS);
  if (tries.stalls > 0) tries.lost_ms += wait_ms;
  tries.exchange.sender.on_wait?.({ kind: 'retry', wait_ms, reason: error.message });
  await client.clock.sleep(wait_ms, tries.signal);
}
