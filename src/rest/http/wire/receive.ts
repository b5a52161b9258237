/**
 * Sends one request and reads one answer, up to the size limit.
 * This room is the bytes on the wire.
 * In: a request and its credentials.
 * Out: an answer as UTF-8 in one buffer, or the fault on the wire.
 */
import got, { type Request } from 'got';
import { XanoError } from '../../../errors.js';
import { MOST_REFUSAL_BYTES } from '../../decode/answer/bounds.js';
import { isJsonLines, listOfLines } from '../../decode/answer/json-lines.js';
import type { Credentials } from '../auth/credentials.js';
import type { Answer, Traffic } from '../messages.js';
import type { PageRequest } from '../request.js';
import type { Body, BufferPool } from './buffer-pool.js';
import { inUtf8 } from './charset.js';
import { ACCEPT_ENCODING, isPacked, unpacked } from './content-encoding.js';
import { type Passage, type ProxyServer, watchPassage } from './proxy.js';
import { watchStall } from './stall.js';

/** The longest time for a single answer: the limit of Xano's own CLI. Milliseconds. */
const REQUEST_MS = 15 * 60_000;

/** The options of a client that concern each answer. */
export interface ReceiveOptions {
  readonly user_agent: string;
  /** The largest answer that is read, in bytes. Default 256 MiB. */
  readonly max_body_bytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The watchers of a request on the wire, and its route. */
export interface Watch {
  readonly traffic: Traffic | undefined;
  readonly on_head: (ms: number) => void;
  readonly buffers: BufferPool;
  readonly silence_ms: number;
  readonly way: { readonly proxy: ProxyServer; readonly passage: Passage } | undefined;
}

/** An answer as far as it has arrived. */
interface Incoming {
  head: { readonly status: number; readonly headers: Answer['headers'] } | undefined;
  body: Body | undefined;
  /** Set when the server sent nothing, or too little, for too long. */
  stalled: Error | undefined;
}

/**
 * Sends one request and reads its answer. Throws faults on the wire, and RESPONSE_UNEXPECTED for an answer
 * that is too large.
 */
export async function receive(
  url: URL,
  request: PageRequest,
  credentials: Credentials,
  options: ReceiveOptions,
  watch: Watch,
): Promise<Answer> {
  const { max_body_bytes = 256 * 1024 * 1024, signal } = options;
  const { traffic, buffers, way } = watch;
  signal?.throwIfAborted();
  const stream = open(url, request, credentials, options.user_agent, way);
  const incoming: Incoming = { head: undefined, body: undefined, stalled: undefined };
  const stall = watchStall(watch.silence_ms, (error) => {
    incoming.stalled = error;
    stream.destroy();
  });
  const onAbort = (): void => {
    stream.destroy();
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  if (way !== undefined) stream.once('request', (sent) => watchPassage(sent, way.passage, onAbort));
  const began = performance.now();
  stream.once('response', (response: { statusCode: number; headers: Answer['headers'] }) => {
    incoming.head = { status: response.statusCode, headers: response.headers };
    watch.on_head(performance.now() - began);
  });
  const add = (chunk: Uint8Array, length: number | undefined): void => {
    incoming.body ??= buffers.begin(length);
    incoming.body.add(chunk);
    if (incoming.body.size() > max_body_bytes) throw tooLarge(url, max_body_bytes);
  };
  try {
    await readBody(stream, incoming, stall.add, add);
    signal?.throwIfAborted();
    if (incoming.stalled !== undefined) throw incoming.stalled;
  } catch (thrown) {
    throw incoming.stalled ?? thrown;
  } finally {
    stall.stop();
    stream.destroy();
    signal?.removeEventListener('abort', onAbort);
  }
  const { head, body } = incoming;
  if (traffic !== undefined) traffic.bytes += body?.size() ?? 0;
  if (head === undefined) throw new Error('the connection ended before an answer came');
  return { ...head, ...readable(body?.whole() ?? new Uint8Array(0), head, buffers) };
}

/** Starts the request. */
function open(
  url: URL,
  request: PageRequest,
  credentials: Credentials,
  user_agent: string,
  way: Watch['way'],
): Request {
  const body =
    credentials.body ??
    (request.body === undefined
      ? undefined
      : { type: 'application/json', text: JSON.stringify(request.body) });
  const stream = got.stream(withParams(url, credentials.params), {
    method: request.method,
    headers: {
      'user-agent': user_agent,
      accept: 'application/json',
      'accept-encoding': ACCEPT_ENCODING,
      ...(body === undefined ? {} : { 'content-type': body.type }),
      ...request.headers,
      ...credentials.headers,
    },
    // Without a body, got would wait for someone to write one.
    ...(body === undefined && request.method === 'GET' ? {} : { body: body?.text ?? '' }),
    retry: { limit: 0 },
    throwHttpErrors: false,
    followRedirect: false,
    decompress: false,
    ...(way === undefined ? {} : { agent: { https: way.proxy.agent } }),
    timeout: {
      lookup: 10_000,
      connect: 15_000,
      secureConnect: 15_000,
      response: REQUEST_MS,
      request: REQUEST_MS,
    },
  });
  // got's errors hold the request's headers. A late one (an abort after the answer) without a listener would
  // end the process and print all of them: this listener prevents that.
  stream.on('error', () => {});
  return stream;
}

/**
 * Reads a body, unpacked, to its end, or as much of a refusal as is shown. `seen` counts bytes on the wire.
 */
async function readBody(
  stream: Request,
  incoming: Incoming,
  seen: (bytes: number) => void,
  add: (chunk: Uint8Array, length: number | undefined) => void,
): Promise<void> {
  const wire = (stream as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  const next = async (): Promise<Uint8Array | undefined> => {
    const { value, done } = await wire.next();
    if (done === true) return undefined;
    seen(value.length);
    return value;
  };
  // The headers are known once the first bytes arrive, or the end without any.
  const first = await next();
  const headers = incoming.head?.headers;
  const encoding = textOf(headers?.['content-encoding']);
  if (first !== undefined && isPacked(first, encoding)) {
    async function* packed(): AsyncGenerator<Uint8Array> {
      for (let chunk = first; chunk !== undefined; chunk = await next()) yield chunk;
    }
    for await (const chunk of unpacked(packed(), encoding)) {
      add(chunk, undefined);
      if (hasSaidEnough(incoming)) return;
    }
    return;
  }
  const length = lengthOf(headers);
  for (let chunk = first; chunk !== undefined && !hasSaidEnough(incoming); chunk = await next())
    add(chunk, length);
}

/** Whether the rest of a refusal need not be read. */
function hasSaidEnough({ head, body }: Incoming): boolean {
  return head !== undefined && head.status > 299 && (body?.size() ?? 0) > MOST_REFUSAL_BYTES;
}

function tooLarge({ host }: URL, max_body_bytes: number): XanoError {
  return new XanoError(
    'RESPONSE_UNEXPECTED',
    `The answer of ${host} is larger than ${max_body_bytes} bytes.`,
    { hint: 'Ask for smaller pages with --page-size.', lasting: true },
  );
}

/** A body as the byte reader reads it: in UTF-8, without a byte order mark, JSON Lines as a list. */
function readable(
  body: Uint8Array,
  { status, headers }: Omit<Answer, 'body'>,
  buffers: BufferPool,
): Pick<Answer, 'body' | 'is_lines'> {
  // The text of a refusal only explains it: an unknown charset must not replace the error.
  if (status < 200 || status > 299) return { body };
  const type = textOf(headers['content-type']);
  const text = inUtf8(body, type);
  const is_lines = isJsonLines(text, type);
  const read = is_lines ? listOfLines(text) : text;
  if (read.buffer !== body.buffer) buffers.release(body);
  return is_lines ? { body: read, is_lines } : { body: read };
}

/** A header as one text. */
const textOf = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header.join(', ') : header;

/** The length that an answer declares. */
function lengthOf(headers: Answer['headers'] | undefined): number | undefined {
  const length = Number(headers?.['content-length']);
  return Number.isSafeInteger(length) ? length : undefined;
}

/** A URL with the parameters that only the wire may see. */
function withParams(url: URL, params: Readonly<Record<string, string>>): URL {
  const sent = new URL(url);
  for (const [name, value] of Object.entries(params)) sent.searchParams.set(name, value);
  return sent;
}
