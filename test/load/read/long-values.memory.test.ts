/**
 * Answers of very long values: loaded in about twice their size in memory, and exact after a kill within
 * them.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { queryFile } from '../../../src/index.js';
import { serve } from '../../rest/http/serving.js';
import { temporaryFile, values } from '../loading.js';

const BIN = resolve(import.meta.dirname, '..', '..', '..', 'dist', 'cli', 'main.js');
const MB = 1024 * 1024;
/** Hundreds of megabytes, several times, on a machine that does other things as well. */
vi.setConfig({ testTimeout: 240_000 });
/**
 * The answer twice, what Node and DuckDB take without one, and the noise of a busy machine: 524 to 531 MB
 * (measured, 1.5.5).
 */
const MOST_MB = 2 * 200 + 200;
/**
 * A value of 200 MB takes 592 to 618 MB (measured, 1.5.5): DuckDB copies it once more than shorter ones.
 */
const MOST_OF_ONE_MB = MOST_MB + 100;
/** DuckDB rewrites rows beside which others are appended: 617 MB; a Parquet file takes 630 (1.5.5). */
const MOST_REWRITTEN_MB = MOST_MB + 120;

/** A list of records with one text each, sent as the client takes it. */
const send = (records: readonly (readonly [id: number, bytes: number])[]) => (response: ServerResponse) => {
  function* pieces(): Generator<string> {
    yield '[';
    for (const [at, [id, bytes]] of records.entries()) {
      yield `${at === 0 ? '' : ','}{"id":${id},"text":"${id}:`;
      for (let left = bytes; left > 0; left -= MB) yield 'x'.repeat(Math.min(left, MB));
      yield '"}';
    }
    yield ']';
  }
  const all = pieces();
  response.setHeader('content-type', 'application/json');
  const more = (): void => {
    for (;;) {
      const { value, done } = all.next();
      if (done === true) {
        response.end();
        return;
      }
      if (!response.write(value)) return;
    }
  };
  response.on('drain', more);
  more();
};

const listOf = (count: number, bytes: number, from = 0) =>
  Array.from({ length: count }, (_, at) => [from + at, bytes] as const);

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly peak_mb: number;
}

/** Runs the command. `watch` is called every 20 milliseconds, and ends the process when it returns true. */
function load(config: string, file: string, watch: () => boolean = () => false): Promise<Ended> {
  const child = spawn(process.execPath, [BIN, 'load', '--endpoints', config, '--to', file], {
    env: { XANO_CONFIG_DIR: dirname(file) },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += String(chunk);
    });
  let peak_mb = 0;
  const timer = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      peak_mb = Math.max(peak_mb, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      // It has ended, or this system has no such file.
    }
    if (watch()) child.kill('SIGKILL');
  }, 20);
  return new Promise((done) =>
    child.on('close', (code, signal) => {
      clearInterval(timer);
      done({ code, signal, output, peak_mb });
    }),
  );
}

function configOf(file: string, origin: string, pagination: string, disposition = 'replace'): string {
  const config = join(dirname(file), 'things.yaml');
  writeFileSync(
    config,
    `client: { base_url: '${origin}' }
resources: [{ name: things, primary_key: id, data_selector: '', write_disposition: ${disposition}, pagination: ${pagination} }]
`,
  );
  return config;
}

describe.runIf(existsSync('/proc/self/status'))('an answer of 200 MB of long values', () => {
  it.each<[string, string, number, number, number]>([
    ['200 of 1 MB, then merged', 'merge', 200, MB, 2],
    ['200 of 1 MB, then replaced', 'replace', 200, MB, 2],
    ['one of 200 MB, then replaced', 'replace', 1, 200 * MB, 2],
  ])(
    'needs about twice its size in memory, however long its values are: %s',
    async (_, disposition, count, bytes, times) => {
      const server = await serve(() => send(listOf(count, bytes)));
      const file = temporaryFile();
      const config = configOf(file, server.origin, '{ type: single_page }', disposition);
      for (let n = 0; n < times; n++) {
        const { code, output, peak_mb } = await load(config, file);
        expect({ code, output }).toMatchObject({ code: 0 });
        expect(peak_mb).toBeGreaterThan(200);
        expect(peak_mb).toBeLessThan(count === 1 ? MOST_OF_ONE_MB : MOST_MB);
      }
      const found = `SELECT count(*) || ' ' || count(DISTINCT id) || ' ' || bool_and("text" = id || ':' || repeat('x', ${bytes})) FROM xano_data.things`;
      expect(await values(file, found)).toEqual([`${count} ${count} true`]);
    },
  );
});

describe.runIf(existsSync('/proc/self/status'))('200 long values that join or replace others', () => {
  it.each<[string, string, string, number]>([
    ['appended to a DuckDB file', 'append', '.duckdb', 400],
    ['in a Parquet folder', 'replace', '', 200],
  ])('are exact, and take less than a gigabyte: %s', async (_, disposition, ending, count) => {
    const server = await serve(() => send(listOf(200, MB)));
    const file = temporaryFile().replace(/\.duckdb$/, ending);
    const to = ending === '' ? `${file}/` : file;
    const config = configOf(file, server.origin, '{ type: single_page }', disposition);
    for (let n = 0; n < 2; n++) {
      const { code, output, peak_mb } = await load(config, to);
      expect({ code, output }).toMatchObject({ code: 0 });
      expect(peak_mb).toBeLessThan(MOST_REWRITTEN_MB);
    }
    const found = `SELECT count(*) || ' ' || count(DISTINCT id) || ' ' || bool_and("text" = id || ':' || repeat('x', ${MB})) AS found FROM xano_data.things`;
    expect((await queryFile(to, found)).rows).toEqual([{ found: `${count} 200 true` }]);
  });
});

describe('a page of long values', () => {
  it('is complete or absent after a kill, although some of its rows were committed, and is read again', async () => {
    const pages = [listOf(3, 10), listOf(80, MB, 100), listOf(1, 10, 1_000), []];
    const asked: number[] = [];
    const server = await serve(({ url }) => {
      const { searchParams } = new URL(url, 'http://here');
      const page = Number(searchParams.get('page'));
      const isOne = searchParams.get('per_page') === '1';
      if (!isOne) asked.push(page);
      return send(isOne ? pages.flat().slice(page - 1, page) : (pages[page - 1] ?? []));
    });
    const file = temporaryFile();
    const config = configOf(
      file,
      server.origin,
      '{ type: page_number, page_param: page, page_size_param: per_page, page_size: 80, base_page: 1 }',
    );
    const log = `${file}.staging.wal`;
    const killed = await load(config, file, () => existsSync(log) && statSync(log).size > 40 * MB);
    expect(killed.signal).toBe('SIGKILL');
    expect(existsSync(file)).toBe(false);
    asked.length = 0;
    const again = await load(config, file);
    expect({ code: again.code, output: again.output }).toMatchObject({ code: 0 });
    expect(asked[0]).toBe(2);
    const found = `SELECT count(*) || ' ' || count(DISTINCT id) || ' ' || bool_and("text" = id || ':' || repeat('x', CASE WHEN id BETWEEN 100 AND 999 THEN ${MB} ELSE 10 END)) FROM xano_data.things`;
    expect(await values(file, found)).toEqual(['84 84 true']);
  });

  it('leaves the table’s rows unchanged when the load is killed while it replaces them', async () => {
    let from = 0;
    const server = await serve(() => send(listOf(60, MB, from)));
    const file = temporaryFile();
    const config = configOf(file, server.origin, '{ type: single_page }');
    expect(await load(config, file)).toMatchObject({ code: 0 });
    const before = statSync(file).size;
    from = 500;
    const killed = await load(config, file, () => statSync(file).size > before + 4 * MB);
    const ids = `SELECT min(id) || ' ' || max(id) || ' ' || count(*) FROM xano_data.things`;
    const old = '0 59 60';
    const now = '500 559 60';
    // The kill may come after the last byte that matters.
    expect([old, now]).toContain((await values(file, ids))[0]);
    expect(killed.signal === 'SIGKILL' || killed.code === 0).toBe(true);
    expect(await load(config, file)).toMatchObject({ code: 0 });
    expect(await values(file, ids)).toEqual([now]);
  });
});
