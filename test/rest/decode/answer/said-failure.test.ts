/** Answers with status 200 that say that their request failed, and those that only look so. */
import { describe, expect, it } from 'vitest';
import { assertSucceeded, saidFailure } from '../../../../src/rest/decode/answer/said-failure.js';
import { thrownBy } from '../reading.js';

describe('an answer that reports a failure', () => {
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
    ['a state that is false', { status: false, message: 'Invalid key', data: [] }, 'status', 'Invalid key'],
    ['a result', { result: false, reason: 'maintenance', list: [] }, 'result', 'maintenance'],
    ['a flag as a letter', { success: 'N', message: 'denied', list: [] }, 'success', 'denied'],
    ['Google', { status: 'REQUEST_DENIED', error_message: 'No key', results: [] }, 'status', 'No key'],
    ['Google, in a word', { status: 'OVER_QUERY_LIMIT', results: [] }, 'status', 'OVER_QUERY_LIMIT'],
    ['a code of an error', { errcode: 40001, errmsg: 'bad secret', list: [] }, 'errcode', 'bad secret'],
    ['Jira', { errorMessages: ['No permission'], issues: [] }, 'errorMessages', 'No permission'],
    ['a fault', { fault: { faultstring: 'Violation' }, items: [] }, 'fault', 'Violation'],
    ['an exception', { exception: 'NullPointer', message: 'boom', data: [] }, 'exception', 'NullPointer'],
  ])('fails with its own message: %s', (_, answer, field, words) => {
    expect(saidFailure(answer)).toEqual({ field, words });
  });

  it.each<[string, object, string]>([
    ['meta.code', { meta: { code: 400, errorType: 'p', errorDetail: 'Bad' }, data: [] }, 'Bad'],
    ['status', { status: 401, message: 'Unauthorized', data: [] }, 'Unauthorized'],
    ['code', { code: 500, msg: 'internal error', data: [] }, 'internal error'],
    ['code', { code: '40100', message: 'Bad key', data: [] }, 'Bad key'],
  ])('is known by a code beside an empty list: %s', (field, answer, words) => {
    expect(saidFailure(answer, 'data')).toEqual({ field, words });
    expect(saidFailure(answer, 'data', 3)).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['a code of no error', { error: { code: 0, message: '' }, data: [{ id: 1 }] }],
    ['a code of success', { error: { code: 200, message: 'OK' }, data: [] }],
    ['a count of errors', { errors: { count: 0, items: [] }, data: [] }],
    ['a list of nothing', { errors: [null], data: [] }],
    ['a sentence for none', { error: 'No errors', data: [] }],
    ['a state that was asked for', { status: 'failed', total: 1, data: [{ id: 1 }] }],
    ['a count of successes', { success: 0, failed: 1, data: [{ id: 1 }] }],
    ['a state of the record', { data: { id: 5, status: 'failed', error: 'declined' } }],
    ['errors that are records', { errors: [{ id: 1, message: 'x' }], data: [{ id: 9 }] }],
    ['no code', { errcode: 0, errmsg: 'ok', code: 0, message: 'fine', data: [] }],
    ['an empty list that was not found', { code: 404, message: 'No items', data: [] }],
    ['a state in capitals', { status: 'ZERO_RESULTS', data: [] }],
  ])('is not assumed beside the selected list with %s', (_, answer) => {
    expect(saidFailure(answer, 'data')).toBeUndefined();
  });

  it('is not assumed where the errors are the records of an object around them', () => {
    expect(saidFailure({ data: { errors: [{ id: 1 }] } }, 'data.errors')).toBeUndefined();
  });

  it.each([
    ['Invalid key', true],
    ['Rate limit exceeded', false],
    ['Please try again later', false],
  ])('is retried only where it is temporary: %s', (message, lasting) => {
    const error = thrownBy(() => assertSucceeded({ ok: false, message }));
    expect(error.lasting).toBe(lasting);
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
  ])('is not assumed with %s', (_, answer) => {
    expect(saidFailure(answer)).toBeUndefined();
    assertSucceeded(answer);
  });

  it('is not assumed where the errors are the records', () => {
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
