import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { XanoError } from '../../src/errors.js';
import type { LoadReport, ResourceReport } from '../../src/events.js';
import { type Observation, observeFailure, observeLoad, observeStatus } from '../../src/notify/observe.js';
import { notifierOf, startReceiver, temporaryFolder } from './receiver.js';

const TABLE: ResourceReport = {
  resource: 'orders',
  target: 'xano_data.orders',
  status: 'loaded',
  write_disposition: 'replace',
  completeness: 'proved',
  rows_expected: 10,
  rows_read: 10,
  rows_written: 10,
  rows_deleted: 0,
  rows_total: 10,
  values_rejected: 0,
  columns_added: [],
  schema_changes: [],
  columns_excluded: [],
  read_by: 'keyset',
  requests: 1,
  pages: 1,
  bytes: 1,
  duration_ms: 1,
  resumed: false,
};

/** What a load of these tables says. */
function load(
  resources: readonly Partial<ResourceReport>[],
  { status = 'loaded', is_complete = true }: { status?: LoadReport['status']; is_complete?: boolean } = {},
): Observation {
  const report: LoadReport = {
    load_id: '20260301T120000Z-0001',
    started_at: '2026-03-01T12:00:00.000Z',
    finished_at: '2026-03-01T12:00:01.000Z',
    status,
    destination: 'shop.duckdb',
    requests: 1,
    bytes: 1,
    resources: resources.map((one) => ({ ...TABLE, ...one })),
    gone: [],
  };
  return observeLoad(report, is_complete, undefined)!;
}

const failed = (resource: string, code: 'XANO_FAILED' | 'INCOMPLETE' | 'VALUES_REJECTED' = 'XANO_FAILED') =>
  ({
    resource,
    status: 'failed',
    error: { code, message: 'row 42 has "secret value"', hint: 'Do it.' },
  }) as const;

const GOOD = load([{}, { resource: 'users' }]);
const BAD = load([{}, failed('users')], { status: 'partial' });

describe('a notifier', () => {
  it('tells exactly one failed and one recovered for five failing loads and a good one', async () => {
    const receiver = await startReceiver();
    const folder = temporaryFolder();
    for (const observation of [BAD, BAD, BAD, BAD, BAD, GOOD, GOOD]) {
      // Each load is a process of its own.
      const notifier = notifierOf([{ url: '${HOOK}' }], { HOOK: receiver.url }, folder);
      await notifier.tell(observation);
      expect(notifier.warnings).toEqual([]);
    }
    const common = {
      project: 'shop',
      destination: 'shop.duckdb',
      dataset: 'xano_data',
      load_id: '20260301T120000Z-0001',
    };
    expect(receiver.received.map(({ body }) => JSON.parse(body))).toEqual([
      {
        type: 'load.failed',
        timestamp: '2026-03-01T12:00:00.000Z',
        data: {
          event: 'failed',
          ...common,
          message:
            '1 of 2 tables failed to load into shop.duckdb: users (the server answered with an error, XANO_FAILED).',
          tables: [{ table: 'users', code: 'XANO_FAILED' }],
        },
      },
      {
        type: 'load.recovered',
        timestamp: '2026-03-01T12:00:00.000Z',
        data: {
          event: 'recovered',
          ...common,
          message: 'well again; it was failed since 2026-03-01 12:00 UTC.',
          tables: [{ table: 'users' }],
        },
      },
    ]);
    expect(readFileSync(join(folder, readdirSync(folder)[0]!), 'utf8')).not.toContain('SECRET');
  });

  it('tells again at the next load what a receiver that was down has missed', async () => {
    const receiver = await startReceiver();
    const folder = temporaryFolder();
    receiver.answer((response) => void response.writeHead(503).end());
    const notifier = notifierOf([{ url: '${HOOK}' }], { HOOK: receiver.url }, folder);
    await notifier.tell(BAD);
    expect(notifier.warnings).toEqual([
      'The receiver of HOOK answered with status 503: it was not told "failed".',
    ]);
    expect([receiver.received.length, notifier.waits]).toEqual([3, [500, 1500]]);
    // The same notice in every try.
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    receiver.answer((response) => void response.writeHead(200).end());
    await notifier.tell(BAD);
    await notifier.tell(BAD);
    expect(receiver.received.length).toBe(4);
    // Somebody who never heard of a problem does not hear of its end.
    const other = notifierOf([{ url: '${OTHER}' }], { OTHER: receiver.url }, folder);
    await other.tell(GOOD);
    expect(receiver.received.length).toBe(4);
  });

  it('stops at the deadline where a receiver is slow', async () => {
    const receiver = await startReceiver();
    const notifier = notifierOf([{ url: '${HOOK}' }], { HOOK: receiver.url });
    receiver.answer(() => notifier.ring());
    await notifier.tell(BAD);
    expect(notifier.warnings).toEqual([
      'The receiver of HOOK did not answer in time: it was not told "failed".',
    ]);
  });

  it.each<readonly [string, (url: string) => Promise<string> | string, string]>([
    [
      'that redirects',
      (url) => `${url}?302`,
      'answered with a redirect (status 302), which xano does not follow',
    ],
    ['that refuses it', (url) => `${url}?403`, 'answered with status 403'],
    ['that is gone', () => 'http://127.0.0.1:1/SECRET', 'refused the connection'],
    ['with plain http elsewhere', () => 'http://example.com/SECRET', 'is not an https:// address'],
    ['that is no address', () => 'SECRET', 'is not an https:// address'],
    ['without a variable', () => '', 'has no address: the variable is not set'],
  ])('says without its address why a receiver %s got nothing', async (_, address, trouble) => {
    const receiver = await startReceiver();
    receiver.answer((response) => {
      const status = Number(receiver.received.at(-1)!.path.split('?')[1]);
      response.writeHead(status, { location: receiver.url }).end();
    });
    const notifier = notifierOf([{ url: '${HOOK}' }], { HOOK: await address(receiver.url) });
    await notifier.tell(BAD);
    expect(notifier.warnings).toEqual([`The receiver of HOOK ${trouble}: it was not told "failed".`]);
    expect(receiver.received.length).toBeLessThanOrEqual(1);
  });

  it('sets a damaged state aside, and says so', async () => {
    const receiver = await startReceiver();
    const first = notifierOf([{ url: '${HOOK}' }], { HOOK: receiver.url });
    await first.tell(BAD);
    const file = join(first.folder, readdirSync(first.folder)[0]!);
    for (const damage of ['{"version":1,"receivers":{"HOOK json":{"failed":7}}}', '{"ver']) {
      writeFileSync(file, damage);
      const notifier = notifierOf([{ url: '${HOOK}' }], { HOOK: receiver.url }, first.folder);
      await notifier.tell(BAD);
      expect(notifier.warnings).toEqual([
        `${file} was damaged; it is now ${file}.damaged, and receivers may hear of a problem again.`,
      ]);
      expect(readFileSync(`${file}.damaged`, 'utf8')).toBe(damage);
    }
    expect(receiver.received.length).toBe(3);
  });

  it('tells each receiver what it asked for', async () => {
    const receiver = await startReceiver();
    const notify = [
      { url: '${HOOK}', on: ['rejected', 'schema_changed'] },
      { url: '${HOOK}', format: 'slack', on: ['incomplete', 'recovered'] },
    ];
    const notifier = notifierOf(notify, { HOOK: receiver.url });
    const change = { change: 'column_added', name: 'a', from: null, to: 'BIGINT' } as const;
    await notifier.tell(
      load(
        [{ values_rejected: 3, schema_changes: [change] }, failed('users', 'INCOMPLETE'), failed('rooms')],
        {
          status: 'partial',
        },
      ),
    );
    await notifier.tell(load([{ schema_changes: [change] }, { resource: 'users' }]));
    const texts = receiver.received
      .map(({ body }) => JSON.parse(body))
      .map((one) => one.text ?? `${one.data.event}: ${one.data.message}`);
    expect(texts.toSorted()).toEqual([
      'rejected: values did not fit their columns in shop.duckdb: orders (3).',
      'schema_changed: columns or names changed in Xano for shop.duckdb: orders (1).',
      'schema_changed: columns or names changed in Xano for shop.duckdb: orders (1).',
      'xano incomplete: shop: 1 table in shop.duckdb is incomplete: users (fewer rows arrived than the server counts, so nothing was replaced, INCOMPLETE, 10 of 10 rows).',
      'xano recovered: shop: well again; it was incomplete since 2026-03-01 12:00 UTC.',
    ]);
    expect(receiver.received.map(({ body }) => body).join()).not.toContain('secret value');
  });

  it('calls nothing well again that a load did not load', async () => {
    const receiver = await startReceiver();
    const notifier = notifierOf([{ url: '${HOOK}', format: 'slack' }], { HOOK: receiver.url });
    await notifier.tell(BAD);
    await notifier.tell(load([{}], { is_complete: false }));
    expect(receiver.received.length).toBe(1);
    await notifier.tell(load([{ resource: 'users' }], { is_complete: false }));
    expect(receiver.received.length).toBe(2);
  });

  it('tells of old tables and of a token in its last days once, from a status or a load', async () => {
    const receiver = await startReceiver();
    const notifier = notifierOf([{ url: '${HOOK}', format: 'slack' }], { HOOK: receiver.url });
    const status = (stale: boolean, state: 'valid' | 'expiring') =>
      observeStatus({
        file: 'shop.duckdb',
        max_age_ms: 1,
        tables: [{ table: 'orders', stale }],
        token: { source: 'XANO_TOKEN', state, expires_at: '2026-03-02T12:00:00.000Z' },
      });
    await notifier.tell(status(true, 'expiring'));
    await notifier.tell(status(true, 'expiring'));
    // A load that fails says nothing about the age of tables.
    await notifier.tell(BAD);
    await notifier.tell(GOOD);
    await notifier.tell(status(false, 'valid'));
    await notifier.tell(status(false, 'expiring'));
    const token =
      'xano token_expiring: shop: the token from XANO_TOKEN expires on 2026-03-02 12:00 UTC. Create a new one, then run `xano auth login`.';
    expect(receiver.received.map(({ body }) => JSON.parse(body).text)).toEqual([
      'xano stale: shop: 1 table of shop.duckdb is older than allowed: orders.',
      token,
      'xano failed: shop: 1 of 2 tables failed to load into shop.duckdb: users (the server answered with an error, XANO_FAILED).',
      'xano recovered: shop: well again; it was stale since 2026-03-01 12:00 UTC, failed since 2026-03-01 12:00 UTC.',
      token,
    ]);
  });

  it('tells of a load without a report by the code of its error, and nothing of one that was stopped', async () => {
    const receiver = await startReceiver();
    const notifier = notifierOf([{ url: '${HOOK}', format: 'slack' }], { HOOK: receiver.url });
    expect(observeFailure(new XanoError('INTERRUPTED', 'Stopped.'), 'shop.duckdb')).toBeUndefined();
    await notifier.tell(observeFailure(new XanoError('TOKEN_EXPIRED', 'It has "value".'), 'shop.duckdb')!);
    await notifier.tell(GOOD);
    expect(receiver.received.map(({ body }) => JSON.parse(body).text)).toEqual([
      'xano failed: shop: the load into shop.duckdb failed: the token has expired (TOKEN_EXPIRED).',
      'xano recovered: shop: well again; it was failed since 2026-03-01 12:00 UTC.',
    ]);
  });
});

describe('a notice', () => {
  const NAMED = load([failed('a_<b>&*c*')], { status: 'failed' });

  it('is signed as Standard Webhooks', async () => {
    const receiver = await startReceiver();
    const secret = `whsec_${Buffer.from('0123456789abcdef').toString('base64')}`;
    const env = { HOOK: receiver.url, KEY: secret };
    await notifierOf([{ url: '${HOOK}', secret: '${KEY}' }], env).tell(BAD);
    const { headers, body } = receiver.received[0]!;
    const signature = createHmac('sha256', '0123456789abcdef')
      .update(`msg_1.1772366400.${body}`)
      .digest('base64');
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': 'msg_1',
      'webhook-timestamp': '1772366400',
      'webhook-signature': `v1,${signature}`,
    });
    const wrong = notifierOf([{ url: '${HOOK}', secret: '${KEY}' }], {
      HOOK: receiver.url,
      KEY: 'not base64!',
    });
    await wrong.tell(BAD);
    expect([wrong.warnings, receiver.received.length]).toEqual([
      [
        'The receiver of HOOK gets nothing: KEY is not a secret such as whsec_ with base64 behind it: it was not told "failed".',
      ],
      1,
    ]);
  });

  it.each([
    [
      'slack',
      {
        text: 'xano failed: shop: 1 of 1 tables failed to load into shop.duckdb: a_&lt;b&gt;&amp;*c* (the server answered with an error, XANO_FAILED).',
      },
    ],
    [
      'discord',
      {
        content:
          'xano failed: shop: 1 of 1 tables failed to load into shop.duckdb: a\\_<b\\>&\\*c\\* (the server answered with an error, XANO\\_FAILED).',
        allowed_mentions: { parse: [] },
      },
    ],
    [
      'teams',
      {
        type: 'message',
        attachments: [
          {
            contentType: 'application/vnd.microsoft.card.adaptive',
            contentUrl: null,
            content: {
              $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
              type: 'AdaptiveCard',
              version: '1.4',
              body: [
                { type: 'TextBlock', weight: 'Bolder', wrap: true, text: 'xano failed: shop' },
                {
                  type: 'TextBlock',
                  wrap: true,
                  text: '1 of 1 tables failed to load into shop.duckdb: a\\_<b\\>&\\*c\\* (the server answered with an error, XANO\\_FAILED).',
                },
              ],
            },
          },
        ],
      },
    ],
  ])('keeps names as they are for %s', async (format, body) => {
    const receiver = await startReceiver();
    await notifierOf([{ url: '${HOOK}', format }], { HOOK: receiver.url }).tell(NAMED);
    expect(receiver.received.map((one) => JSON.parse(one.body))).toEqual([body]);
  });
});

it("a dead man's switch hears of start, success and failure", async () => {
  const receiver = await startReceiver();
  const notifier = notifierOf([{ healthcheck: '${HC}' }], { HC: `${receiver.url}?create=1` });
  for (const kind of ['start', 'success', 'fail'] as const) await notifier.ping(kind, `shop: ${kind}`).done;
  expect(receiver.received.map(({ path, body }) => [path, body])).toEqual([
    ['/hook-SECRET/start?create=1', 'shop: start'],
    ['/hook-SECRET?create=1', 'shop: success'],
    ['/hook-SECRET/fail?create=1', 'shop: fail'],
  ]);
  const broken = notifierOf([{ healthcheck: '${HC}' }], {});
  await broken.ping('start', '').done;
  expect(broken.warnings).toEqual(['The receiver of HC has no address: the variable is not set.']);
});

it("a dead man's switch that hangs gets half of the time for the start, and none is left out", async () => {
  const receiver = await startReceiver();
  const notifier = notifierOf([{ healthcheck: '${HC}' }], { HC: receiver.url });
  let ping: () => void = () => {};
  receiver.answer((response, count) => {
    if (count === 1) ping();
    else response.end();
  });
  const start = notifier.ping('start', '');
  await new Promise<void>((done) => {
    ping = done;
  });
  const end = notifier.ping('success', '', start);
  // The newest alarm is that of the first half.
  notifier.ring();
  await end.done;
  expect(receiver.received.map(({ path }) => path)).toEqual(['/hook-SECRET/start', '/hook-SECRET']);
  expect(notifier.warnings).toEqual(['The receiver of HC did not answer in time.']);
});
