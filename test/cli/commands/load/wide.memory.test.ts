/** The command loads tables of thousands of columns, again and again, with less than a gigabyte of memory. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { queryFile } from '../../../../src/index.js';
import { serve } from '../../../rest/http/serving.js';

const BIN = resolve(import.meta.dirname, '..', '..', '..', '..', 'dist', 'cli', 'main.js');
/** Node writes the largest memory that the process had, in kilobytes, when it ends. */
const SAY_MEMORY =
  "data:text/javascript,process.on('exit',()=>process.stderr.write('most memory '+process.resourceUsage().maxRSS+String.fromCharCode(10)))";
/** The bound is 1 GB; these loads take 300 to 550 MB. */
const MOST_MB = 900;

type Value = (column: number, load: number) => unknown;

/** How a value of each type looks; its second load changes it. */
const VALUES = {
  text: (at, load) => `text ${at} of ${load}`,
  number: (at, load) => at + load,
  boolean: (at, load) => (at + load) % 2 === 0,
  timestamp: (at, load) => new Date(1_700_000_000_000 + at * 1_000 + load).toISOString(),
  object: (at, load) => ({ at, load }),
  list: (at, load) => [at, load],
} satisfies Record<string, Value>;

interface Loads {
  /** Loads the records that are given, and tells how that ended. */
  readonly load: (
    records: readonly object[],
  ) => Promise<{ readonly code: number | null; readonly mb: number; readonly said: string }>;
  readonly rows: (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;
}

async function loads(write_disposition: string): Promise<Loads> {
  const folder = mkdtempSync(join(tmpdir(), 'xano-wide-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  let body: readonly object[] = [];
  const server = await serve(() => ({ body }));
  const file = join(folder, 'wide.duckdb');
  const endpoints = join(folder, 'endpoints.yaml');
  writeFileSync(
    endpoints,
    `client: { base_url: '${server.origin}', auth: none, pagination: single_page }\nresources: [{ name: wide, primary_key: id, write_disposition: ${write_disposition} }]\n`,
  );
  return {
    load: (records) => {
      body = records;
      const args = ['--import', SAY_MEMORY, BIN, 'load', '--endpoints', endpoints, '--to', file];
      const child = spawn(process.execPath, args, { env: { XANO_CONFIG_DIR: folder, HOME: folder } });
      let said = '';
      child.stderr.on('data', (chunk) => {
        said += String(chunk);
      });
      child.stdout.resume();
      return new Promise((done) => {
        child.on('close', (code) => {
          done({ code, mb: Number(/most memory (\d+)/.exec(said)?.[1]) / 1024, said });
        });
      });
    },
    rows: async (sql) => (await queryFile(file, sql)).rows,
  };
}

const record = (id: number, columns: number, value: Value, load: number): object => ({
  id,
  ...Object.fromEntries(Array.from({ length: columns }, (_, at) => [`c${at}`, value(at, load)])),
});

const inLittle = {
  code: 0,
  mb: expect.toSatisfy((mb: number) => mb > 50 && mb < MOST_MB, `less than ${MOST_MB} MB`),
};

describe('a table of thousands of columns', () => {
  it.each(['merge', 'append', 'replace'])(
    'needs less than a gigabyte when it is loaded again: 5,000 texts, %s',
    async (disposition) => {
      const { load, rows } = await loads(disposition);
      expect(await load([record(1, 5_000, VALUES.text, 1)])).toMatchObject(inLittle);
      expect(await load([record(1, 5_000, VALUES.text, 2), record(2, 5_000, VALUES.text, 2)])).toMatchObject(
        inLittle,
      );
      const old = { id: '1', c0: 'text 0 of 1', c4999: 'text 4999 of 1' };
      const now = { id: '1', c0: 'text 0 of 2', c4999: 'text 4999 of 2' };
      expect(await rows('SELECT id, c0, c4999 FROM xano_data.wide ORDER BY id, c0')).toEqual([
        ...(disposition === 'append' ? [old] : []),
        now,
        { ...now, id: '2' },
      ]);
    },
  );

  it.each(['number', 'boolean', 'timestamp', 'object', 'list'] as const)(
    'needs less than a gigabyte when it is merged: 2,000 columns of one type, %s',
    async (type) => {
      const value: Value = VALUES[type];
      const { load, rows } = await loads('merge');
      for (const at of [1, 2])
        expect(await load([record(1, 2_000, value, at), record(2, 2_000, value, at)])).toMatchObject(
          inLittle,
        );
      expect(
        await rows(
          'SELECT count(*)::INT AS n, count(c0)::INT AS c0, count(c1999)::INT AS last FROM xano_data.wide',
        ),
      ).toEqual([{ n: 2, c0: 2, last: 2 }]);
    },
  );

  it.each<[string, Value, Value, string]>([
    ['numbers become texts', VALUES.number, VALUES.text, 'VARCHAR'],
    ['numbers become objects', VALUES.number, VALUES.object, 'JSON'],
    ['texts become lists', VALUES.text, VALUES.list, 'JSON'],
  ])('needs less than a gigabyte when 4,000 columns change their type: %s', async (_, first, then, type) => {
    const { load, rows } = await loads('append');
    expect(await load([record(1, 4_000, first, 1)])).toMatchObject(inLittle);
    expect(await load([record(2, 4_000, then, 2)])).toMatchObject(inLittle);
    const types = "SELECT DISTINCT column_type FROM (DESCRIBE xano_data.wide) WHERE column_name LIKE 'c%'";
    expect(await rows(types)).toEqual([{ column_type: type }]);
    expect(await rows('SELECT id FROM xano_data.wide WHERE c3999 IS NOT NULL ORDER BY id')).toEqual([
      { id: '1' },
      { id: '2' },
    ]);
  });

  it.each([
    [10, 5_000],
    [10, 900],
    [2_000, 4_000],
  ])('needs less than a gigabyte when columns are added: %i, then %i', async (first, then) => {
    const { load, rows } = await loads('merge');
    const both = (load: number, columns: number) =>
      [1, 2].map((id) => record(id, columns, VALUES.text, load));
    expect(await load(both(1, first))).toMatchObject(inLittle);
    expect(await load(both(2, then).slice(1))).toMatchObject({ code: 0 });
    expect(
      await rows(
        `SELECT id, c0, c${then - 1} AS last, _xano_deleted_at IS NULL AS there FROM xano_data.wide ORDER BY id`,
      ),
    ).toEqual([
      { id: '1', c0: 'text 0 of 1', last: null, there: false },
      { id: '2', c0: 'text 0 of 2', last: `text ${then - 1} of 2`, there: true },
    ]);
  });
});
