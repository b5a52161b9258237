/** Asks the dashboard's server. The token of this start stays in this tab and goes into one header. */
import type { ErrorAnswer } from '../answers.js';

/** Why an answer did not come: a sentence, and one action. */
export interface Failure {
  readonly message: string;
  readonly hint: string;
}

/** An answer, or why there is none. */
export type Asked<T> = { readonly answer: T } | { readonly failure: Failure };

const STORED = 'xano-dashboard-token';

/**
 * Takes the token out of the address, so that neither the history nor a screenshot shows it, and keeps it for
 * this tab. A ticket is exchanged for the token. Returns false where there is none.
 */
export async function signIn(): Promise<boolean> {
  const given = new URLSearchParams(location.hash.slice(1));
  const [token, ticket] = [given.get('token'), given.get('ticket')];
  if (token !== null || ticket !== null) history.replaceState(null, '', '#/');
  if (token !== null) sessionStorage.setItem(STORED, token);
  if (ticket !== null) {
    const headers = { Authorization: `Ticket ${ticket}` };
    const asked = await send<{ token: string }>('/api/ticket', { method: 'POST', headers });
    if ('answer' in asked) sessionStorage.setItem(STORED, asked.answer.token);
  }
  return sessionStorage.getItem(STORED) !== null;
}

/** Asks for an object. */
export function ask<T>(path: string): Promise<Asked<T>> {
  return send<T>(path, { headers: authorized() });
}

/** Sends an object, and asks for one. */
export function post<T>(path: string, body: object): Promise<Asked<T>> {
  const headers = { ...authorized(), 'Content-Type': 'application/json' };
  return send<T>(path, { method: 'POST', headers, body: JSON.stringify(body) });
}

/**
 * The texts of a stream, as they come. `last_id` is that of the last event that is known. Throws where the
 * server cannot be reached, and when it ends.
 */
export async function* listen(
  path: string,
  last_id: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const known = last_id === undefined ? {} : { 'Last-Event-ID': last_id };
  const headers = { ...authorized(), ...known };
  const { body, ok } = await fetch(path, { headers, signal, cache: 'no-store' });
  if (!ok || body === null) return;
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

const authorized = (): Record<string, string> => ({
  Authorization: `Bearer ${sessionStorage.getItem(STORED) ?? ''}`,
});

async function send<T>(path: string, request: RequestInit): Promise<Asked<T>> {
  let response: Response;
  try {
    response = await fetch(path, { ...request, cache: 'no-store' });
  } catch {
    return {
      failure: {
        message: 'The dashboard has ended.',
        hint: 'Run `xano dashboard` again, and open its address.',
      },
    };
  }
  // The types of answers are the server's own: both are one program.
  const content: unknown = await response.json();
  if (response.ok) return { answer: content as T };
  const { error } = content as ErrorAnswer;
  return { failure: { message: [error.message, ...error.details].join(' '), hint: error.hint } };
}
