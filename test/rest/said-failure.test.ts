/** Answers with status 200 that say that their request failed, and those that only look so. */
import { describe, expect, it } from 'vitest';
import { assertSucceeded, saidFailure } from '../../src/rest/said-failure.js';
import { thrownBy } from './reading.js';

describe('an answer that says that it failed', () => {
  it.each<[string, object, string, string]>([
    ['Slack', { ok: false, error: 'invalid_auth', channels: [] }, 'ok', 'invalid_auth'],
    [
      'a flag and a message',
      { success: false, message: 'Quota exceeded', data: [] },
      'success',
      'Quota exceeded',
    ],
    ['a flag as text', { success: 'false', msg: 'No.' }, 'success', 'No.'],
    ['JSend', { status: 'fail', data: { title: 'A title is required' } }, 'status', 'A title is required'],
    ['a state', { status: 'error', errors: [{ code: 401, message: 'no' }], results: [] }, 'status', 'no'],
    [
      'GraphQL',
      { data: null, errors: [{ message: 'Field "x" is unknown' }] },
      'errors',
      'Field "x" is unknown',
    ],
    ['GraphQL with some data', { data: { a: [] }, errors: [{ message: 'Timeout' }] }, 'errors', 'Timeout'],
    [
      'JSON-RPC',
      { jsonrpc: '2.0', error: { code: -32601, message: 'Method not found' } },
      'error',
      'Method not found',
    ],
    ['an error beside data', { data: [{ id: 1 }], error: 'Partial result' }, 'error', 'Partial result'],
    ['errors by field', { errors: { page: ['is too large'] } }, 'errors', ''],
    [
      'within meta',
      { meta: { success: false, error_message: 'Expired' }, items: [] },
      'meta.success',
      'Expired',
    ],
    ['a flag of an error', { is_error: true, detail: 'Down' }, 'is_error', 'Down'],
    ['a code alone', { error: true, code: 17 }, 'error', '17'],
  ])('is told with its words: %s', (_, answer, field, words) => {
    expect(saidFailure(answer)).toEqual({ field, words });
  });

  it.each<[string, unknown]>([
    ['no error', { error: null, errors: [], data: [] }],
    ['an empty text', { error: '', error_count: 0, items: [] }],
    ['false', { error: false, errors: {}, items: [] }],
    ['success', { success: true, ok: true, status: 'success', items: [] }],
    ['a state of something else', { status: 'active', state: 'open', items: [] }],
    ['a word that stands for none', { error: 'none', items: [] }],
    ['a list', [{ error: 'x', success: false }]],
    ['a field within the records', { items: [{ success: false, error: 'x' }] }],
    ['nothing', null],
  ])('is not one with %s', (_, answer) => {
    expect(saidFailure(answer)).toBeUndefined();
    assertSucceeded(answer);
  });

  it('is not one where the errors are the records', () => {
    expect(saidFailure({ errors: [{ id: 1 }] }, 'errors')).toBeUndefined();
    expect(saidFailure({ errors: [{ id: 1 }], ok: false }, 'errors')).toMatchObject({ field: 'ok' });
  });

  it('is RESPONSE_UNEXPECTED in one sentence', () => {
    const error = thrownBy(() => assertSucceeded({ ok: false, error: 'Token is invalid.' }));
    expect([error.code, error.message]).toEqual([
      'RESPONSE_UNEXPECTED',
      'The answer says in "ok" that the request failed: Token is invalid.',
    ]);
  });
});
