import { describe, expect, it } from 'vitest';
import { asXanoError, ERRORS, type ErrorCode, errorReport, exitStatus, XanoError } from '../src/errors.js';

describe('an error', () => {
  it('has the hint of its code unless it has a better one', () => {
    expect(errorReport(new XanoError('TOKEN_MISSING', 'No token.'))).toEqual({
      code: 'TOKEN_MISSING',
      message: 'No token.',
      hint: 'Set XANO_TOKEN, or run `xano auth login`.',
    });
    expect(errorReport(new XanoError('TOKEN_MISSING', 'No token.', { hint: 'Look.' })).hint).toBe('Look.');
    expect(errorReport(new XanoError('TOKEN_MISSING', 'No token.', { hint: undefined })).hint).toBe(
      ERRORS.TOKEN_MISSING.hint,
    );
  });

  it('keeps its cause and its request', () => {
    const cause = new Error('inner');
    const request = { method: 'GET', url: 'https://x/', status: 500 };
    const {
      name,
      message,
      cause: kept,
      request: about,
    } = new XanoError('XANO_FAILED', 'Failed.', { cause, request });
    expect({ name, message, kept, about }).toEqual({
      name: 'XanoError',
      message: 'Failed.',
      kept: cause,
      about: request,
    });
  });

  it.each([
    [new XanoError('USAGE', 'Wrong.'), 'USAGE', 'Wrong.'],
    [new TypeError('x is not a function'), 'BUG', 'Something unexpected happened: x is not a function'],
    ['text', 'BUG', 'Something unexpected happened: text'],
    [undefined, 'BUG', 'Something unexpected happened: undefined'],
  ])('is made from any thrown value: %s', (thrown, code, message) => {
    const error = asXanoError(thrown);
    expect([error.code, error.message]).toEqual([code, message]);
    if (thrown instanceof XanoError) expect(error).toBe(thrown);
    else expect(error.cause).toBe(thrown);
  });

  it('has an exit status that scripts may rely on', () => {
    const statuses = Object.keys(ERRORS).map((code) => [
      code,
      exitStatus(new XanoError(code as ErrorCode, '')),
    ]);
    expect(Object.fromEntries(statuses)).toEqual({
      BUG: 1,
      USAGE: 2,
      CONFIG_INVALID: 2,
      SELECTOR_EMPTY: 2,
      QUERY_FAILED: 2,
      TOKEN_MISSING: 4,
      TOKEN_EXPIRED: 4,
      TOKEN_REJECTED: 4,
      SCOPE_MISSING: 4,
      RATE_LIMITED: 5,
      XANO_UNREACHABLE: 5,
      XANO_FAILED: 5,
      RESPONSE_UNEXPECTED: 5,
      PAGINATION_LOOP: 5,
      DATABASE_LOCKED: 6,
      DATABASE_FAILED: 6,
      EXTENSION_MISSING: 6,
      NOTICE_FAILED: 6,
      OUTPUT_FAILED: 6,
      INCOMPLETE: 7,
      SHRUNK: 7,
      VALUES_REJECTED: 7,
      LOAD_PARTIAL: 7,
      STALE: 7,
      RUN_MISSED: 7,
      TIME_OVER: 7,
      INTERRUPTED: 130,
    });
  });
});
