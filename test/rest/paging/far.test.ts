import nock from 'nock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rejectionOf } from '../decode/reading.js';
import { client, everything, get, TOKEN } from '../http/sending.js';

describe('a remote host', () => {
  // nock stands between every request of this file and the network, so these tests have a file of their own.
  beforeAll(() => nock.disableNetConnect());
  afterAll(() => {
    nock.enableNetConnect();
    nock.restore();
  });

  const fault = (code: string, message: string): Error => Object.assign(new Error(message), { code });

  it.each([
    ['ENOTFOUND', 'getaddrinfo ENOTFOUND', 'the host does not exist', 1],
    ['EAI_AGAIN', 'getaddrinfo EAI_AGAIN', 'its name could not be resolved', 3],
    ['ECONNRESET', 'socket hang up', 'the connection was cut', 3],
    ['ETIMEDOUT', 'connect ETIMEDOUT', 'it did not answer in time', 3],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate', 'its certificate is not trusted', 1],
    ['CERT_HAS_EXPIRED', 'certificate has expired', 'its certificate has expired', 1],
    ['EHOSTUNREACH', 'connect EHOSTUNREACH', 'connect EHOSTUNREACH', 3],
  ])('that is unreachable is named in plain words: %s', async (code, message, why, tries) => {
    const scope = nock('https://far.example', { reqheaders: { authorization: `Bearer ${TOKEN}` } })
      .get('/x')
      .times(tries)
      .replyWithError(fault(code, message));
    const error = await rejectionOf(client().send(get('https://far.example/x')));
    expect([error.code, error.message]).toEqual([
      'XANO_UNREACHABLE',
      `No answer from https://far.example: ${why}.`,
    ]);
    expect({ used: scope.isDone(), pending: nock.pendingMocks() }).toEqual({ used: true, pending: [] });
    expect(everything(error)).not.toContain('S3CR3T');
  });

  it('with a good certificate receives the token', async () => {
    const scope = nock('https://far.example', { reqheaders: { authorization: `Bearer ${TOKEN}` } })
      .get('/x')
      .reply(200, 'ok');
    expect(await client().send(get('https://far.example/x'))).toBe('ok');
    expect(scope.isDone()).toBe(true);
  });
});
