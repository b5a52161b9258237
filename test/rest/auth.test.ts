import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { assertToken, authorize, type Secret } from '../../src/rest/auth.js';
import { thrownBy } from './reading.js';

const secret = (value: string): Secret => ({ value, source: 'the test', expires_at: null });
const bearer = { type: 'bearer', token: { env: 'TOKEN' } } as const;

describe('a request', () => {
  it('is authorized as its config says', () => {
    expect(authorize({ type: 'none' }, () => expect.unreachable())).toEqual({});
    expect(
      authorize(bearer, (ref) => ('env' in ref && ref.env === 'TOKEN' ? secret('abc.DEF-1') : undefined)),
    ).toEqual({
      authorization: 'Bearer abc.DEF-1',
    });
  });

  it.each([
    [{ env: 'TOKEN' }, 'No token in the environment variable TOKEN.'],
    [{ profile: 'work' }, 'No token in the profile "work".'],
  ])('is not sent without its token: %j', (token, message) => {
    const error = thrownBy(() => authorize({ type: 'bearer', token }, () => undefined));
    expect([error.code, error.message]).toEqual(['TOKEN_MISSING', message]);
  });
});

describe('what cannot be a token', () => {
  it('is refused when it is empty', () => {
    const error = thrownBy(() => assertToken('', 'the test'));
    expect([error.code, error.message]).toEqual(['TOKEN_MISSING', 'The token from the test is empty.']);
  });

  it.each(['hush hush', 'hush\n', '\thush', 'hush\r\nX-Evil: 1', 'húsh', 'hush\u200b', '\0hush', '“hush”'])(
    'is refused and never shown: %j',
    (value) => {
      const error = thrownBy(() => authorize(bearer, () => secret(value)));
      expect(error.code).toBe('TOKEN_REJECTED');
      expect(inspect(error, { depth: null, showHidden: true })).not.toContain(value);
    },
  );
});
