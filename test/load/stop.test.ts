/** `load` is stopped by its own signal alone, whatever it is doing; what was read is kept. */
import { getEventListeners } from 'node:events';
import { existsSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import type { Destination } from '../../src/destinations/destination.js';
import { openDestination } from '../../src/destinations/open.js';
import { XanoError } from '../../src/errors.js';
import type { EndpointConfig } from '../../src/rest/config/endpoint-config.js';
import { createHttp } from '../../src/rest/http/client.js';
import { interpretRefusal } from '../../src/xano/conventions.js';
import { fakeClock } from '../fixtures/clock.js';
import { clientOf, clientWith, localXano } from '../fixtures/local-xano.js';
import { items, officeOf } from '../fixtures/office.js';
import { serveJson } from '../rest/http/serving.js';
import { configsOf, loadInto, temporaryFile, values } from './loading.js';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

/**
 * A Xano with one table of 300 rows, and a signal that aborts while the n-th content search (from 0) is
 * answered.
 */
async function stoppedAt(nth: number, reason?: unknown) {
  const xano = await localXano({ instances: [officeOf(items(upTo(300)))] });
  const configs = await configsOf(xano, ['items'], 10);
  const stop = new AbortController();
  let sent = 0;
  const rewrite = (body: string): string => {
    if (sent++ === nth) stop.abort(reason);
    return body;
  };
  xano.fail({
    path: '/content/search',
    times: Number.POSITIVE_INFINITY,
    answer: { kind: 'rewrite', rewrite },
  });
  return { xano, configs, stop, file: temporaryFile() };
}

describe('the signal of load', () => {
  it.each([1, 4])(
    'ends a list within a page and keeps what was read; the next load continues (%i at a time)',
    async (concurrency) => {
      const { xano, configs, stop, file } = await stoppedAt(12);
      const first = await loadInto(configs, file, {
        http: clientOf(xano),
        signal: stop.signal,
        concurrency,
      });
      expect(first.report.status).toBe('interrupted');
      expect(first.onlyTable).toMatchObject({ status: 'skipped', error: { code: 'INTERRUPTED' } });
      const kept = first.onlyTable.rows_kept ?? 0;
      expect(kept).toBeGreaterThan(0);
      expect(kept).toBeLessThan(300);
      expect({ target: existsSync(file), staging: existsSync(`${file}.staging`) }).toEqual({
        target: false,
        staging: true,
      });
      const asked = xano.requests.length;
      const second = await loadInto(configs, file, { http: clientOf(xano) });
      expect(second.onlyTable).toMatchObject({
        status: 'loaded',
        resumed: true,
        completeness: 'proved',
        rows_written: 300,
      });
      expect(xano.requests.length - asked).toBeLessThan(300 / 10);
      expect(await values(file, 'SELECT count(DISTINCT id) FROM xano_data.items')).toEqual(['300']);
    },
  );

  it('discards pages requested ahead once an event handler aborts it', async () => {
    const xano = await localXano({ instances: [officeOf(items(upTo(300)))] });
    const configs = await configsOf(xano, ['items'], 10);
    const stop = new AbortController();
    let pages = 0;
    const result = await loadInto(configs, temporaryFile(), {
      http: clientOf(xano),
      signal: stop.signal,
      concurrency: 4,
      on_event: ({ type }) => {
        if (type === 'page_read' && ++pages === 6) stop.abort();
      },
    });
    expect(pages).toBe(6);
    expect(result.onlyTable).toMatchObject({ status: 'skipped', pages: 6 });
    expect(result.onlyTable.rows_kept).toBe(result.onlyTable.rows_read);
  });

  it.each([
    [
      'a XanoError',
      new XanoError('TIME_OVER', 'The 5 minutes are over.'),
      'TIME_OVER',
      'The 5 minutes are over.',
    ],
    ['a text', 'enough', 'INTERRUPTED', 'The load was stopped.'],
    ['an error of the program’s own', new Error('shutting down'), 'INTERRUPTED', 'The load was stopped.'],
    ['none', undefined, 'INTERRUPTED', 'The load was stopped.'],
  ])('reports the reason that it was aborted with: %s', async (_, reason, code, message) => {
    const { xano, configs, stop, file } = await stoppedAt(5, reason);
    const { report, onlyTable } = await loadInto(configs, file, {
      http: clientOf(xano),
      signal: stop.signal,
    });
    expect(report.status).toBe('interrupted');
    expect(onlyTable.error).toMatchObject({ code, message });
  });

  it('prevents every request where it was aborted before', async () => {
    const xano = await localXano({ instances: [officeOf(items(upTo(5)))] });
    const configs = await configsOf(xano, ['items']);
    const { report } = await loadInto(configs, temporaryFile(), {
      http: clientOf(xano),
      signal: AbortSignal.abort(new XanoError('TIME_OVER', 'Over.')),
    });
    expect(report.resources.map(({ status, error }) => [status, error?.code])).toEqual([
      ['skipped', 'TIME_OVER'],
    ]);
    expect({ status: report.status, requests: xano.requests.length }).toEqual({
      status: 'interrupted',
      requests: 0,
    });
  });

  it('ends a wait of a quarter of an hour for a rate limit', async () => {
    const xano = await localXano({ instances: [officeOf(items(upTo(50)))] });
    const configs = await configsOf(xano, ['items'], 10);
    xano.fail({
      path: '/content/search',
      skip: 3,
      times: Number.POSITIVE_INFINITY,
      answer: { kind: 'status', status: 429, headers: { 'retry-after': '899' } },
    });
    const stop = new AbortController();
    const file = temporaryFile();
    const result = await loadInto(configs, file, {
      // The computer's own clock: nothing but the signal ends the wait.
      http: createHttp({
        user_agent: 'test',
        find_secret: () => ({ value: xano.token, source: 'the test', expires_at: null }),
        interpret: interpretRefusal,
      }),
      signal: stop.signal,
      on_event: ({ type }) => {
        if (type === 'waiting') setImmediate(() => stop.abort());
      },
    });
    expect(result.onlyTable).toMatchObject({
      status: 'skipped',
      error: { code: 'INTERRUPTED' },
      rows_kept: 20,
    });
  });

  it('ends a detection, and the lists of parents', async () => {
    const stop = new AbortController();
    let asked = 0;
    const { origin } = await serveJson(({ url }) => {
      if (url.startsWith('/parents')) return upTo(20).map((id) => ({ id }));
      if (++asked === 5) stop.abort();
      return [{ id: asked }];
    });
    const list = (name: string, path: string): EndpointConfig => ({
      name,
      base_url: origin,
      path,
      method: 'GET',
      params: {},
      headers: {},
      auth: { type: 'none' },
      data_selector: '',
      pagination: { type: 'single_page' },
      primary_key: ['id'],
      write_disposition: 'replace',
      excluded: [],
    });
    const child: EndpointConfig = {
      ...list('children', '/children/{parent}'),
      parent: { resource: 'parents', bind: { parent: 'id' }, include: [] },
    } as EndpointConfig;
    const result = await loadInto([list('parents', '/parents'), child], temporaryFile(), {
      http: clientWith('t', fakeClock()),
      signal: stop.signal,
    });
    expect(result.report.resources.map(({ resource, status }) => [resource, status])).toEqual([
      ['parents', 'loaded'],
      ['children', 'skipped'],
    ]);
    expect(asked).toBeLessThan(10);

    const again = new AbortController();
    const open = {
      ...list('open', '/parents'),
      data_selector: 'auto',
      pagination: { type: 'auto' },
    } as const;
    const detected = await serveJson(() => {
      again.abort();
      return upTo(20).map((id) => ({ id }));
    });
    const other = await loadInto([{ ...open, base_url: detected.origin }], temporaryFile(), {
      http: clientWith('t', fakeClock()),
      signal: again.signal,
    });
    expect(other.onlyTable).toMatchObject({ status: 'skipped', error: { code: 'INTERRUPTED' } });
    expect(detected.received).toHaveLength(1);
  });

  it('leaves the table as it was where it is aborted while rows are counted', async () => {
    const { xano, configs, stop, file } = await stoppedAt(31);
    const result = await loadInto(configs, file, { http: clientOf(xano), signal: stop.signal });
    // The first page, the highest key, 29 pages: the next one counts.
    expect(result.onlyTable).toMatchObject({ status: 'skipped' });
    expect(existsSync(file)).toBe(false);
    const second = await loadInto(configs, file, { http: clientOf(xano) });
    expect(second.onlyTable).toMatchObject({ status: 'loaded', completeness: 'proved', rows_written: 300 });
  });

  it('finishes the table that is being published, and begins no other', async () => {
    const xano = await localXano({
      instances: [officeOf(items([1, 2, 3], 'one', 51), items([4, 5], 'two', 52))],
    });
    const configs = await configsOf(xano, ['one', 'two']);
    const file = temporaryFile();
    const stop = new AbortController();
    const destination = await openDestination(file);
    const publishing: Destination = {
      ...destination,
      openTarget: async (plan) => {
        const writer = await destination.openTarget(plan);
        return {
          ...writer,
          commit: (how) => {
            stop.abort();
            return writer.commit(how);
          },
        };
      },
    };
    const { report } = await loadInto(configs, file, {
      destination: publishing,
      http: clientOf(xano),
      signal: stop.signal,
    });
    await destination.close();
    expect(report.resources.map(({ resource, status }) => [resource, status])).toEqual([
      ['one', 'loaded'],
      ['two', 'skipped'],
    ]);
    expect(await values(file, 'SELECT id FROM xano_data.one ORDER BY id')).toEqual(['1', '2', '3']);
  });

  it('has no listener afterwards, and never so many that Node warns', async () => {
    const warn = vi.fn();
    process.on('warning', warn);
    try {
      const xano = await localXano({ instances: [officeOf(items(upTo(2000)))], latency_ms: 5 });
      const configs = await configsOf(xano, ['items'], 50);
      const stop = new AbortController();
      const client = clientOf(xano);
      for (let load = 0; load < 3; load++)
        await loadInto(configs, temporaryFile(), { http: client, signal: stop.signal, concurrency: 8 });
      const other = await Promise.all(
        upTo(30).map(() =>
          fetch(`${xano.instances[0]!.origin}/api:meta/auth/me`).then(({ status }) => status),
        ),
      );
      expect(new Set(other)).toEqual(new Set([401]));
      expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
      // Warnings are sent in the next turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
      expect(warn.mock.calls.map(([warning]) => String(warning))).toEqual([]);
    } finally {
      process.off('warning', warn);
    }
  });
});
