/** Pages of more than 32 MiB: read in parts, and loaded as if they were not. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { dirname, join, resolve } from 'node:path';
import { createGzip } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { EndpointConfig } from '../../../src/rest/config/endpoint-config.js';
import { parseEndpoints } from '../../../src/rest/config/parse-endpoints.js';
import { fakeClock } from '../../fixtures/clock.js';
import { clientWith } from '../../fixtures/local-xano.js';
import { type Received, type Reply, serve } from '../../rest/http/serving.js';
import { loadInto, temporaryFile, values } from '../loading.js';

const BIN = resolve(import.meta.dirname, '..', '..', '..', 'dist', 'cli', 'main.js');
const MB = 1024 * 1024;
/** A text that makes 6,000 records 36 MB. */
const TEXT = 'x'.repeat(6_000);
const ROWS = 6_000;

const idsFrom = (first: number): number[] => Array.from({ length: ROWS }, (_, n) => first + n);
/** Every thousandth record has a value that does not fit. */
const recordOf = (id: number): string =>
  `{"id":${id},"n":${id % 1_000 === 0 ? '"odd"' : id},"text":"${TEXT}"}`;
const listOf = (ids: readonly number[]): string => `[${ids.map(recordOf).join(',')}]`;

function endpoint(base_url: string, more: object): EndpointConfig {
  return parseEndpoints({
    version: 1,
    endpoints: [
      {
        name: 'things',
        base_url,
        path: '/things',
        method: 'GET',
        auth: { type: 'none' },
        primary_key: ['id'],
        columns: [
          { name: 'id', type: 'BIGINT', list: false },
          { name: 'n', type: 'BIGINT', list: false },
        ],
        ...more,
      },
    ],
  })[0]!;
}

const load = (config: EndpointConfig, file: string) =>
  loadInto([config], file, { http: clientWith('unneeded', fakeClock()) });

const found = (file: string) =>
  values(
    file,
    `SELECT count(*) || ' ' || count(DISTINCT id) || ' ' || min(id) || ' ' || max(id) || ' ' || count(n) || ' ' ||
      count(*) FILTER (length("text") = 6000) FROM xano_data.things`,
  );

describe('pages of more than 32 MiB', () => {
  /** By page number: two large pages, and a short one that repeats where the server clamps the number. */
  const pages = [idsFrom(1), idsFrom(10_001), [20_001, 20_002]];
  const numbered =
    (clamps: boolean) =>
    (request: Received): Reply => {
      const page = Number(new URL(request.url, 'http://x').searchParams.get('page') ?? 1);
      return { body: listOf(pages[clamps ? Math.min(page, 3) - 1 : page - 1] ?? []) };
    };
  const BY_NUMBER = {
    type: 'page_number',
    page_param: 'page',
    page_size_param: 'per_page',
    page_size: ROWS,
    base_page: 1,
  };

  it.each<[string, boolean, object]>([
    ['numbered pages', false, { data_selector: '', pagination: BY_NUMBER }],
    ['pages of a server that clamps their number', true, { data_selector: '', pagination: BY_NUMBER }],
    ['pages that are detected', false, { pagination: { type: 'auto' } }],
  ])('load like smaller ones: %s', async (_, clamps, more) => {
    const server = await serve(numbered(clamps));
    const file = temporaryFile();
    const { onlyTable } = await load(endpoint(server.origin, more), file);
    expect(onlyTable).toMatchObject({ status: 'loaded', rows_written: 12_002, values_rejected: 12 });
    expect(await found(file)).toEqual(['12002 12002 1 20002 11990 12002']);
    expect(
      await values(file, 'SELECT row_key || raw FROM _xano.rejects ORDER BY row_key::BIGINT LIMIT 2'),
    ).toEqual(['1000"odd"', '2000"odd"']);
  });

  it('that repeat are noticed', async () => {
    const server = await serve(() => ({ body: listOf(pages[0]!) }));
    const config = endpoint(server.origin, { data_selector: '', pagination: BY_NUMBER });
    expect((await load(config, temporaryFile())).onlyTable).toMatchObject({
      status: 'failed',
      error: { code: 'PAGINATION_LOOP' },
    });
  });

  it.each(['number', 'text'])('load in the order of their keys: a %s', async (kind) => {
    const all = pages.flat();
    const keyed = (id: number): string =>
      kind === 'number'
        ? recordOf(id)
        : recordOf(id).replace(/"id":(\d+)/, (_, key) => `"id":"${10 ** 6 + Number(key)}"`);
    const server = await serve((request) => {
      const asked = request.body as {
        readonly search?: readonly Record<string, unknown>[];
        readonly sort: { readonly id: 'asc' | 'desc' };
        readonly per_page: number;
      };
      const bound = (name: string): number | undefined => {
        const value = asked.search?.find((condition) => name in condition)?.[name];
        return value === undefined ? undefined : Number(value) - (kind === 'number' ? 0 : 10 ** 6);
      };
      const left = all.filter(
        (id) => id > (bound('id|>') ?? 0) && id < (bound('id|<') ?? Number.POSITIVE_INFINITY),
      );
      const ordered = asked.sort.id === 'asc' ? left : left.toReversed();
      const given = ordered.slice(0, asked.per_page).map(keyed).join(',');
      return { body: `{"items":[${given}],"itemsTotal":${left.length}}` };
    });
    const config = endpoint(server.origin, {
      method: 'POST',
      data_selector: 'items',
      columns: [
        { name: 'id', type: kind === 'number' ? 'BIGINT' : 'VARCHAR', list: false },
        { name: 'n', type: 'BIGINT', list: false },
      ],
      pagination: {
        type: 'keyset',
        key: 'id',
        order: 'asc',
        page_param: 'page',
        page_size_param: 'per_page',
        page_size: ROWS,
        sort_param: 'sort',
        filter_param: 'search',
        after: 'id|>',
        before: 'id|<',
        total_path: 'itemsTotal',
      },
    });
    const file = temporaryFile();
    const { onlyTable } = await load(config, file);
    expect(onlyTable).toMatchObject({ status: 'loaded', rows_written: 12_002, values_rejected: 12 });
    const base = kind === 'number' ? 0 : 10 ** 6;
    expect(await found(file)).toEqual([`12002 12002 ${base + 1} ${base + 20_002} 11990 12002`]);
  });

  it('are complete or absent after a kill among their parts, and the next load continues before them', async () => {
    const small = [1, 2, 3];
    const large = idsFrom(10_001);
    const asked: number[] = [];
    const given = [small, large, [20_001]];
    const server = await serve((request) => {
      const { searchParams } = new URL(request.url, 'http://x');
      const page = Number(searchParams.get('page'));
      // Single rows are asked for to see whether those that are kept stand where they stood.
      const isOne = searchParams.get('per_page') === '1';
      if (!isOne) asked.push(page);
      return { body: listOf(isOne ? given.flat().slice(page - 1, page) : (given[page - 1] ?? [])) };
    });
    const file = temporaryFile();
    const config = join(dirname(file), 'things.yaml');
    writeFileSync(
      config,
      `client: { base_url: '${server.origin}' }
resources:
  - name: things
    primary_key: id
    data_selector: ''
    columns: { id: BIGINT, n: BIGINT }
    pagination: { type: page_number, page_param: page, page_size_param: per_page, page_size: 6000, base_page: 1 }
`,
    );
    const loading = (kill: boolean) =>
      new Promise<NodeJS.Signals | null>((done) => {
        const child = spawn(process.execPath, [BIN, 'load', '--endpoints', config, '--to', file], {
          env: { XANO_CONFIG_DIR: dirname(file) },
        });
        for (const stream of [child.stdout, child.stderr]) stream.resume();
        const folder = `${file}.staging.tmp`;
        // Files are numbered: the first is the small page, and each of the next ones a part of the large one.
        const isAmongParts = (): boolean =>
          existsSync(folder) && readdirSync(folder).some((name) => /-[4-9]\.parquet$/.test(name));
        const watch = kill
          ? setInterval(() => {
              if (isAmongParts()) child.kill('SIGKILL');
            }, 1)
          : undefined;
        child.on('close', (_, signal) => {
          clearInterval(watch);
          done(signal);
        });
      });
    expect(await loading(true)).toBe('SIGKILL');
    expect(asked).toEqual([1, 2]);
    asked.length = 0;
    expect(await loading(false)).toBe(null);
    expect(asked.slice(0, 2)).toEqual([2, 3]);
    expect(await found(file)).toEqual(['6004 6004 1 20001 5998 6004']);
  });
});

describe.runIf(existsSync('/proc/self/status'))('an answer of 240 MiB', () => {
  /** A mebibyte of records. */
  const piece = Array.from(
    { length: 8_000 },
    (_, n) =>
      `{"id":${n + 1},"n":${n},"text":"some text that is a bit longer than the others ${n}","at":${n}.5},`,
  )
    .join('')
    .padEnd(MB, ' ');
  const SIZE = 240;

  const send = (packed: boolean) => (response: ServerResponse) => {
    response.setHeader('content-type', 'application/json');
    if (packed) response.setHeader('content-encoding', 'gzip');
    const out = packed ? createGzip({ level: 1 }) : response;
    if (out !== response) out.pipe(response);
    let sent = 0;
    const more = (): void => {
      while (sent++ < SIZE) if (!out.write(sent === 1 ? `[${piece}` : piece)) return;
      out.end('{"id":0}]');
    };
    out.on('drain', more);
    more();
  };

  it.each<[string, boolean, string]>([
    ['as it is', false, "data_selector: '', pagination: { type: single_page }"],
    ['compressed, and read without knowing how', true, ''],
  ])('needs about twice its size in memory: %s', async (_, packed, known) => {
    const server = await serve(({ url }) => (url === '/things' ? send(packed) : { body: '[]' }));
    const file = temporaryFile();
    const config = join(dirname(file), 'things.yaml');
    const columns = 'columns: { id: BIGINT, n: BIGINT, text: VARCHAR, at: DOUBLE }';
    writeFileSync(
      config,
      `client: { base_url: '${server.origin}' }
resources: [{ name: things, ${columns}${known === '' ? '' : `, ${known}`} }]
`,
    );
    const child = spawn(process.execPath, [BIN, 'load', '--endpoints', config, '--to', file], {
      env: { XANO_CONFIG_DIR: dirname(file) },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += String(chunk);
      });
    let peak_kb = 0;
    const watch = setInterval(() => {
      try {
        const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
        peak_kb = Math.max(peak_kb, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
      } catch {
        // It has ended.
      }
    }, 50);
    const code = await new Promise((done) => child.on('close', done));
    clearInterval(watch);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(await values(file, 'SELECT count(*)::VARCHAR FROM xano_data.things')).toEqual([
      String(SIZE * 8_000 + 1),
    ]);
    // Node and DuckDB take 150 MB before anything is read; what the system counts differs a little from run
    // to run.
    expect(peak_kb / 1024).toBeLessThan(2 * SIZE + 100);
    expect(peak_kb / 1024).toBeGreaterThan(SIZE);
  });
});
