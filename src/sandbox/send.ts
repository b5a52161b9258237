/** Answers onto the wire, whole or broken as a fault asks. */
import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Answer } from './answers.js';
import type { FaultAnswer } from './faults.js';

/** The faults that spoil how an answer is sent, rather than what it says. */
export type SpoiledSending = Extract<FaultAnswer, { kind: 'stall_body' | 'truncate' | 'cut_json' | 'slow' }>;

// Captured answers carry these, and neither ETag nor Retry-After.
const HEADERS = {
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
};

/** Sends an answer with a trace id and an exact content-length; a HEAD request gets no body. */
export async function send(
  response: ServerResponse,
  answer: Answer,
  spoiled?: SpoiledSending,
  signal?: AbortSignal,
): Promise<void> {
  const complete = Buffer.from(answer.body);
  const half = complete.subarray(0, Math.floor(complete.length / 2));
  const length = spoiled?.kind === 'cut_json' ? half.length : complete.length;
  const trace = { 'x-trace-id': randomBytes(16).toString('hex') };
  response.statusCode = answer.status;
  // One at a time, for a fault's `Content-Type` must replace ours however it is capitalised.
  for (const [name, value] of Object.entries({ ...HEADERS, ...trace, ...answer.headers })) {
    response.setHeader(name, value);
  }
  response.setHeader('content-length', length);
  switch (spoiled?.kind) {
    case undefined:
      response.end(complete);
      return;
    case 'cut_json':
      response.end(half);
      return;
    case 'stall_body':
      response.write(half);
      return;
    case 'truncate':
      response.write(half, () => response.destroy());
      return;
    case 'slow':
      await sendSlowly(response, complete, spoiled.chunk_ms, signal);
  }
}

async function sendSlowly(response: ServerResponse, body: Buffer, chunk_ms: number, signal?: AbortSignal) {
  const size = Math.max(1, Math.ceil(body.length / 10));
  for (let at = 0; at < body.length; at += size) {
    await wait(chunk_ms, undefined, signal === undefined ? {} : { signal });
    if (response.destroyed) return;
    response.write(body.subarray(at, at + size));
  }
  response.end();
}

/** Resets the connection of a response that was never begun. */
export function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}
