/** Servers on loopback that answer as a bucket's server does when something is wrong. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openDestination } from '../../../../src/destinations/open.js';
import { parseBucket } from '../../../../src/destinations/targets/bucket/bucket-address.js';
import { bucketLeases } from '../../../../src/destinations/targets/bucket/bucket-lease.js';
import { type Objects, openObjects } from '../../../../src/destinations/targets/bucket/s3/objects.js';
import { openAccess } from '../../../../src/destinations/targets/bucket/s3/open-access.js';
import { rejectionOf } from '../../../rest/decode/reading.js';
import { plan, tempFolder } from '../../writing.js';

const SECRET = 'a-secret-that-nobody-sees';

/** What a server does with a request, of which it has read the body. */
type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** Starts a server, and opens a place in its only bucket. Waits between attempts take no time. */
async function serve(answer: Answer): Promise<{ objects: Objects; waits: number[]; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => answer(request, response, Buffer.concat(parts).toString()));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', SECRET);
  vi.stubEnv('AWS_REGION', '');
  vi.stubEnv('AWS_DEFAULT_REGION', '');
  const waits: number[] = [];
  const access = openAccess(parseBucket('s3://lake/shop'), async (ms) => void waits.push(ms));
  const { endpoint } = access;
  // Seconds of silence would be waited for: a tenth of one is enough here.
  const objects = openObjects({ ...access, silence_ms: 100, endpoint: { ...endpoint, parts_from: 10 } });
  return { objects, waits, asked };
}

const error = (code: string, more = ''): string =>
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${SECRET}</Message>${more}</Error>`;

const LIST =
  '<?xml version="1.0"?><ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated><Contents><Key>shop/a+b%252E</Key><LastModified>2026-01-01T00:00:00Z</LastModified><ETag>&quot;e&quot;</ETag><Size>3</Size></Contents></ListBucketResult>';

describe('a server of buckets', () => {
  it.each([
    [403, error('SignatureDoesNotMatch'), 'The server of s3://lake/shop/ refused these keys.', /AWS_PROFILE/],
    [
      403,
      error('RequestTimeTooSkewed'),
      "The server of s3://lake/shop/ refused the time of this computer's clock.",
      /^Set the clock/,
    ],
    [400, error('ExpiredToken'), 'The session of the keys for s3://lake/shop/ has expired.', /aws sso login/],
    [403, error('AccessDenied'), 'These keys may not do this in s3://lake/shop/.', /^Grant the keys/],
    [404, error('NoSuchBucket'), 'The bucket of s3://lake/shop/ does not exist.', /^Create it first/],
    [
      503,
      error('SlowDown'),
      'The server of s3://lake/shop/ is overloaded or failing: it answered with status 503 again and again.',
      /^Wait a while/,
    ],
    [
      200,
      '<html>Welcome</html>',
      'The server of s3://lake/shop/ answered with status 200, which xano does not expect.',
      /S3 protocol/,
    ],
    [
      200,
      LIST.slice(0, -30),
      'The server of s3://lake/shop/ answered with status 200, which xano does not expect.',
      /S3 protocol/,
    ],
  ])('that answers %i %s is named in a sentence with a hint', async (status, text, sentence, hint) => {
    const { objects, asked } = await serve((_, response) => void response.writeHead(status).end(text));
    const refusal = await rejectionOf(objects.list());
    expect([refusal.code, refusal.message]).toEqual(['DATABASE_FAILED', sentence]);
    expect(refusal.hint).toMatch(hint);
    expect(`${refusal.hint} ${String(refusal.cause)}`).not.toContain(SECRET);
    expect(asked).toHaveLength(status === 503 ? 7 : 1);
  });

  it('that never answers, or closes the connection, fails after a bounded number of attempts', async () => {
    const silent = await serve(() => {});
    expect((await rejectionOf(silent.objects.list())).message).toMatch(
      /^The server of s3:\/\/lake\/shop\/, 127\.0\.0\.1:\d+, did not answer in time\.$/,
    );
    expect([silent.asked.length, silent.waits]).toEqual([3, [500, 1_000]]);
    // The next table does not wait as long.
    await rejectionOf(silent.objects.list());
    expect(silent.asked.length).toBe(4);
    const closing = await serve((request) => void request.socket.destroy());
    expect((await rejectionOf(closing.objects.list())).message).toMatch(
      /^The connection to the server of .+ broke\.$/,
    );
    expect(closing.asked.length).toBe(3);
  });

  it('whose answer ends early is asked again, and never believed', async () => {
    let cut = 3;
    const { objects } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '10', etag: '"e"' });
      if (cut-- > 0) response.write('12345', () => response.destroy());
      else response.end('1234567890');
    });
    const file = join(tempFolder(), 'file');
    const object = { key: 'a', etag: '"e"' };
    expect((await rejectionOf(objects.read(object, file))).code).toBe('DATABASE_FAILED');
    expect(await objects.read(object, file)).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe('1234567890');
  });

  it('that names the region of the bucket is asked there; a region that somebody set is not changed', async () => {
    const answer: Answer = ({ headers }, response) => {
      if (headers.authorization?.includes('/eu-west-1/s3/')) response.end(LIST);
      else response.writeHead(301, { 'x-amz-bucket-region': 'eu-west-1' }).end(error('PermanentRedirect'));
    };
    const { objects } = await serve(answer);
    expect((await objects.list()).objects).toEqual([
      { key: 'a b%2E', etag: '"e"', size: 3, modified: Date.parse('2026-01-01T00:00:00Z') },
    ]);
    vi.stubEnv('AWS_REGION', 'us-east-2');
    const set = openObjects(openAccess(parseBucket('s3://lake/shop'), async () => {}));
    const refusal = await rejectionOf(set.list());
    expect([refusal.message, refusal.hint]).toEqual([
      'The bucket of s3://lake/shop/ is not in the region "us-east-2".',
      'Set AWS_REGION=eu-west-1.',
    ]);
  });

  it('whose answer to a write is lost has written once: the next attempt finds it', async () => {
    let stored: IncomingMessage['headers'] | undefined;
    const { objects, asked } = await serve((request, response) => {
      const { method, headers, socket } = request;
      if (method === 'HEAD')
        return void response
          .writeHead(200, {
            etag: '"mine"',
            'x-amz-meta-xano-write': String(stored?.['x-amz-meta-xano-write']),
          })
          .end();
      if (stored !== undefined) return void response.writeHead(412).end(error('PreconditionFailed'));
      stored = headers;
      socket.destroy();
    });
    expect(await objects.write('a', { text: 'x' }, null)).toEqual({ etag: '"mine"' });
    expect(stored?.['if-none-match']).toBe('*');
    expect(asked).toEqual(['PUT /lake/shop/a', 'PUT /lake/shop/a', 'HEAD /lake/shop/a']);
    // What another load wrote is its own.
    stored = {};
    expect(await objects.write('a', { text: 'x' }, { etag: '"old"' })).toBeNull();
  });

  it('that fails at the end of many parts, or refuses the condition there, keeps nothing of them', async () => {
    const file = join(tempFolder(), 'file');
    writeFileSync(file, 'more than ten bytes');
    let end = error('InternalError');
    const { objects, asked } = await serve(({ method, url = '' }, response) => {
      if (method === 'HEAD') return void response.writeHead(404).end();
      if (url.endsWith('?uploads=')) return void response.end('<R><UploadId>u1</UploadId></R>');
      if (method === 'POST') return void response.end(end);
      response.writeHead(200, { etag: '"p"' }).end();
    });
    expect((await rejectionOf(objects.write('a', { file }, null))).code).toBe('DATABASE_FAILED');
    end = error('PreconditionFailed');
    expect(await objects.write('a', { file }, null)).toBeNull();
    expect(asked.filter((one) => one.startsWith('DELETE'))).toEqual([
      'DELETE /lake/shop/a?uploadId=u1',
      'DELETE /lake/shop/a?uploadId=u1',
    ]);
  });

  it('that overwrites whatever the condition is refused before anything is read', async () => {
    const { objects } = await serve((_, response) => void response.writeHead(200, { etag: '"e"' }).end());
    const refusal = await rejectionOf(bucketLeases(objects, 's3://lake/shop/').take('xano_data'));
    expect([refusal.code, refusal.message]).toEqual([
      'DATABASE_FAILED',
      "The server of s3://lake/shop/ overwrites objects whatever their version: two loads would destroy each other's tables.",
    ]);
  });

  it('sends a signature and no secret', async () => {
    let seen = '';
    const { objects } = await serve((request, response, body) => {
      seen = JSON.stringify([request.url, request.headers, body]);
      response.end(LIST);
    });
    await objects.list();
    expect(seen).toContain('AWS4-HMAC-SHA256 Credential=key/');
    expect(seen).not.toContain(SECRET);
  });
});

describe('the keys of a bucket', () => {
  it.each(['AWS_SECRET_ACCESS_KEY', 'AWS_ACCESS_KEY_ID'])('are needed both: %s', async (missing) => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', SECRET);
    vi.stubEnv(missing, '');
    const refusal = await rejectionOf(openDestination('s3://lake/shop', { staging_folder: tempFolder() }));
    expect([refusal.code, refusal.message]).toEqual([
      'USAGE',
      `xano cannot sign requests to s3://lake/shop/: ${missing} is not set.`,
    ]);
  });

  it('may be those of a profile; an error names the places that were searched', async () => {
    let authorization = '';
    await serve(({ headers }, response) => {
      authorization = headers.authorization ?? '';
      response.end(LIST);
    });
    const file = join(tempFolder(), 'credentials');
    writeFileSync(file, `[lake]\naws_access_key_id = of-a-profile\naws_secret_access_key = ${SECRET}\n`);
    vi.stubEnv('AWS_ACCESS_KEY_ID', '');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', '');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', file);
    vi.stubEnv('AWS_CONFIG_FILE', file);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('AWS_PROFILE', 'lake');
    const open = () => openObjects(openAccess(parseBucket('s3://lake/shop'), async () => {}));
    await open().list();
    expect(authorization).toContain('Credential=of-a-profile/');
    vi.stubEnv('AWS_PROFILE', 'nobody');
    const refusal = await rejectionOf(open().list());
    expect([refusal.code, refusal.message]).toEqual([
      'USAGE',
      'xano cannot sign requests to s3://lake/shop/: neither the environment, nor a profile of AWS, nor a role of this computer has keys.',
    ]);
  });
});

describe('the name of a bucket', () => {
  it.each([
    ['s3://lake', { label: 's3://lake/', prefix: '', query_mb: 1_024 }],
    ['S3://lake/a/b c/', { label: 's3://lake/a/b c/', prefix: 'a/b c/' }],
    ['s3://lake/a?query_mb=5', { label: 's3://lake/a/', query_mb: 5 }],
    ['r2://lake/a?account=0a', { label: 'r2://lake/a/', account: '0a' }],
  ])('%s means a place', (name, place) => {
    expect(parseBucket(name)).toMatchObject(place);
  });

  it.each([
    ['s3://', /is not the name of a bucket/],
    ['s3:lake/a', /is not the name of a bucket/],
    [
      's3://user:password@lake/a',
      /^The name of a bucket holds no keys: other users of this computer could read them\.$/,
    ],
    ['s3://lake/a/../b', /^"\.\." cannot be a part of a prefix/],
    ['s3://lake/a//b', /^"" cannot be a part of a prefix/],
    ['s3://lake/ä', /^"ä" cannot be a part of a prefix/],
    ['s3://lake/a?region=x', /^A bucket has no parameter "region"/],
    ['s3://lake/a?query_mb=0', /^The parameter "query_mb" is "0"/],
    ['s3://lake/a?account=x', /^The parameter "account" is the id of a Cloudflare account/],
    ['gs://lake/a', /^xano cannot write to "gs:": Google Cloud Storage/],
    ['az://lake/a/', /^xano cannot write to "az:": Azure/],
    ['s3a://lake/a', /^"s3a:" is a name of Hadoop/],
  ])('%s is refused, and nothing is made', async (name, message) => {
    const staging_folder = join(tempFolder(), 'staging');
    const refusal = await rejectionOf(openDestination(name, { staging_folder }));
    expect([refusal.code, refusal.message]).toEqual(['USAGE', expect.stringMatching(message)]);
    expect(refusal.hint).not.toBe('');
    expect(existsSync(staging_folder)).toBe(false);
  });

  it('of R2 needs an account, or an address', async () => {
    for (const name of ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3']) vi.stubEnv(name, '');
    const opening = openDestination('r2://lake/a', { staging_folder: tempFolder() });
    expect((await rejectionOf(opening)).message).toBe('The name of an R2 bucket does not tell its server.');
  });

  it('refuses a plan that files cannot hold, before it asks the server', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', SECRET);
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9');
    const destination = await openDestination('s3://lake/shop', { staging_folder: tempFolder() });
    const refusal = await rejectionOf(destination.openTarget(plan({ nested: 'struct' })));
    await destination.close();
    expect([refusal.code, refusal.message]).toEqual([
      'CONFIG_INVALID',
      'The bucket s3://lake/shop/ stores nested values as JSON; "shop" asks for STRUCT columns.',
    ]);
  });
});
