/** Signs one request to a bucket and sends it once. */
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { AwsV4Signer } from 'aws4fetch';
import got from 'got';
import type { FindProxy } from '../../../../rest/http/wire/proxy.js';
import type { S3Keys } from '../../s3-environment.js';
import { CHUNK_BYTES } from './digest.js';

/** Bytes of a file that a request sends. */
export interface FilePart {
  readonly file: string;
  /** The first byte. */
  readonly start: number;
  readonly bytes: number;
  /** The SHA-256 of the bytes, in hexadecimal: the server refuses others. */
  readonly sha256: string;
}

/** A request, signed or not. */
export interface BucketRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | FilePart | undefined;
  /** The file that the answer goes into where its status is 200 or 206. */
  readonly into?: string | undefined;
}

/** What a server answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Empty where the answer went into a file. */
  readonly text: string;
}

/** With what requests are sent. */
export interface Sending {
  readonly findProxy: FindProxy;
  readonly user_agent: string;
  /** How long a server may be silent within a request, in milliseconds. */
  readonly silence_ms: number;
  /** Aborting it ends requests under way. */
  readonly signal?: AbortSignal | undefined;
}

/** Longer answers than those of 1,000 keys are somebody else's. Bytes. */
const LONGEST_TEXT = 8 * 1024 * 1024;

/**
 * Signs a request and sends it once. Throws what Node throws, and an Error with the code `TRUNCATED` for an
 * answer that ends early.
 */
export async function sendOnce(
  request: BucketRequest,
  keys: S3Keys,
  region: string,
  { findProxy, user_agent, silence_ms, signal }: Sending,
): Promise<Answer> {
  const { method, body, into } = request;
  const part = typeof body === 'object' ? body : undefined;
  const text = typeof body === 'string' ? body : '';
  const signer = new AwsV4Signer({
    accessKeyId: keys.accessKeyId,
    secretAccessKey: keys.secretAccessKey,
    ...(keys.sessionToken === undefined ? {} : { sessionToken: keys.sessionToken }),
    method,
    url: request.url.href,
    service: 's3',
    region,
    headers: {
      ...request.headers,
      ...(part === undefined ? {} : { 'x-amz-content-sha256': part.sha256 }),
    },
    ...(typeof body === 'string' ? { body } : {}),
  });
  const { url, headers } = await signer.sign();
  const proxy = findProxy(url);
  const stream = got.stream(url, {
    method,
    headers: {
      'user-agent': user_agent,
      ...Object.fromEntries(headers),
      ...(part === undefined ? {} : { 'content-length': String(part.bytes) }),
    },
    // Without a body got waits for somebody to write one.
    ...(method === 'GET' || method === 'HEAD' ? {} : { body: part === undefined ? text : bytesOf(part) }),
    retry: { limit: 0 },
    throwHttpErrors: false,
    followRedirect: false,
    decompress: false,
    timeout: {
      lookup: silence_ms,
      connect: silence_ms,
      secureConnect: silence_ms,
      socket: silence_ms,
      response: silence_ms,
    },
    ...(signal === undefined ? {} : { signal }),
    ...(proxy === undefined ? {} : { agent: { https: proxy.agent } }),
  });
  return answerOf(stream, into);
}

const bytesOf = ({ file, start, bytes }: FilePart): NodeJS.ReadableStream | string =>
  bytes === 0 ? '' : createReadStream(file, { start, end: start + bytes - 1, highWaterMark: CHUNK_BYTES });

async function answerOf(stream: ReturnType<typeof got.stream>, into: string | undefined): Promise<Answer> {
  try {
    const { statusCode: status, headers } = await new Promise<{
      readonly statusCode: number;
      readonly headers: Readonly<Record<string, unknown>>;
    }>((done, failed) => {
      stream.once('response', done);
      // The listener stays: an error after the answer without one would end the process.
      stream.on('error', failed);
    });
    const named = Object.fromEntries(
      Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
    );
    const expected = Number(named['content-length'] ?? Number.NaN);
    let received = 0;
    const counted = async function* (chunks: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
      for await (const chunk of chunks) {
        const bytes = chunk as Buffer;
        received += bytes.length;
        yield bytes;
      }
    };
    let text = '';
    if (into !== undefined && (status === 200 || status === 206))
      await pipeline(stream, counted, createWriteStream(into));
    else text = await textOf(counted(stream));
    if (stream.options.method !== 'HEAD' && expected > received)
      throw Object.assign(new Error(`The answer ended after ${received} of ${expected} bytes.`), {
        code: 'TRUNCATED',
      });
    return { status, headers: named, text };
  } finally {
    stream.destroy();
  }
}

async function textOf(chunks: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > LONGEST_TEXT)
      throw Object.assign(new Error(`The answer is longer than ${LONGEST_TEXT} bytes.`), {
        code: 'TOO_LONG',
      });
    parts.push(chunk);
  }
  return Buffer.concat(parts).toString();
}
