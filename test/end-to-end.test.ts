import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../src/cli/run.js';
import {
  type LoadReport,
  type LocalXano,
  loadOpenData,
  queryFile,
  shopInstances,
  startLocalXano,
} from '../src/index.js';
import { sql } from './destinations/duckdb.js';

const ROOT = resolve(import.meta.dirname, '..');
const DATA = join(dirname(createRequire(import.meta.url).resolve('vega-datasets')), '..', 'data');

let folder: string;
let file: string;
let xano: LocalXano;
let report: LoadReport;

/** Runs a command as in a pipe, and gives what it printed. */
async function xanoCommand(...argv: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const text = (stream: PassThrough): string => String(stream.read() ?? '');
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const status = await run({
    argv,
    env: {
      XANO_TOKEN: xano.token,
      XANO_ACCOUNT_ORIGIN: xano.account_origin,
      XANO_INSTANCE: 'x1234-4567-8901',
      XANO_CONFIG_DIR: folder,
    },
    home: folder,
    cwd: folder,
    stdin: { stream: new PassThrough(), is_terminal: false },
    stdout: { stream: stdout, is_terminal: false, columns: () => undefined, rows: () => undefined },
    stderr: { stream: stderr, is_terminal: false, columns: () => undefined, rows: () => undefined },
    alarm: () => () => {},
    now: Date.now,
    sleep: async (ms, signal) => {
      await sleep(ms, undefined, signal === undefined ? {} : { signal });
    },
    signal: new AbortController().signal,
  });
  return { status, stdout: text(stdout), stderr: text(stderr) };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'xano-e2e-'));
  file = join(folder, 'open.duckdb');
  const openData = await loadOpenData();
  xano = await startLocalXano({ instances: shopInstances(openData) });
  const { status, stdout, stderr } = await xanoCommand(
    'load',
    '--workspace',
    'Open data',
    '--to',
    file,
    '--page-size',
    '500',
    '--json',
  );
  expect({ status, stderr: stderr.includes('Error') }).toEqual({ status: 0, stderr: false });
  report = JSON.parse(stdout) as LoadReport;
});

afterAll(async () => {
  await xano.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Loaded {
  readonly types: Readonly<Record<string, string>>;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

async function loaded(table: string): Promise<Loaded> {
  const described = await queryFile(
    file,
    `SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = 'xano_data' AND table_name = '${table}' AND column_name <> '_xano_load_id'`,
  );
  const types = Object.fromEntries(
    described.rows.map((row) => [String(row['column_name']), String(row['data_type'])]),
  );
  const { rows } = await queryFile(
    file,
    `SELECT * EXCLUDE (_xano_load_id) FROM xano_data."${table}" ORDER BY id`,
  );
  return { types, rows };
}

/** A value of the published file as DuckDB should give it back from a column of this type. */
function stored(value: unknown, type: string): unknown {
  if (value === undefined || value === null) return null;
  if (type === 'BIGINT') return String(value);
  return value;
}

/** A row as stored, with JSON columns parsed: their text may be spaced as the file is. */
function comparable(row: Readonly<Record<string, unknown>>, types: Loaded['types']): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      types[name] === 'JSON' && typeof value === 'string' ? JSON.parse(value) : value,
    ]),
  );
}

describe('open data that nobody here wrote', () => {
  it('is loaded whole, and proved', () => {
    expect(report.status).toBe('loaded');
    expect(
      report.resources.map(
        ({ resource, status, completeness, rows_expected, rows_written, values_rejected }) => ({
          resource,
          status,
          completeness,
          rows_expected,
          rows_written,
          values_rejected,
        }),
      ),
    ).toEqual(
      Object.entries({
        movies: 3201,
        flights: 20000,
        penguins: 344,
        countries: 620,
        cars: 406,
        airports: 3376,
        earthquakes: 1707,
        gapminder: 682,
        population: 570,
        'seattle weather': 1461,
      }).map(([resource, rows]) => ({
        resource,
        status: 'loaded',
        completeness: 'proved',
        rows_expected: rows,
        rows_written: rows,
        values_rejected: 0,
      })),
    );
  });

  it.each([
    ['movies', 'movies.json'],
    ['flights', 'flights-20k.json'],
    ['penguins', 'penguins.json'],
    ['countries', 'countries.json'],
    ['cars', 'cars.json'],
    ['gapminder', 'gapminder.json'],
    ['population', 'population.json'],
  ])('equals the published file, value by value: %s', async (table, source) => {
    const published = JSON.parse(readFileSync(join(DATA, source), 'utf8')) as Record<string, unknown>[];
    const { types, rows } = await loaded(table);
    const names = Object.keys(types).filter((name) => name !== 'id');
    expect(new Set(names)).toEqual(new Set(published.flatMap(Object.keys)));
    expect(rows.map((row) => comparable(row, types))).toEqual(
      published.map((record, i) => ({
        id: String(i + 1),
        ...Object.fromEntries(names.map((name) => [name, stored(record[name], types[name]!)])),
      })),
    );
  });

  it('earthquakes keep their geometry and properties as nested JSON', async () => {
    const { features } = JSON.parse(readFileSync(join(DATA, 'earthquakes.json'), 'utf8')) as {
      features: Record<string, unknown>[];
    };
    const { types, rows } = await loaded('earthquakes');
    expect({ geometry: types['geometry'], properties: types['properties'] }).toEqual({
      geometry: 'JSON',
      properties: 'JSON',
    });
    const parsed = rows.map((row) => comparable(row, types));
    expect(parsed.map(({ geometry }) => geometry)).toEqual(features.map(({ geometry }) => geometry));
    expect(parsed.map(({ properties }) => properties)).toEqual(features.map(({ properties }) => properties));
  });

  it.each([
    ['airports', 'airports.csv', ['iata', 'name', 'city', 'state', 'country']],
    ['seattle weather', 'seattle-weather.csv', ['weather', 'precipitation', 'temp_max', 'temp_min', 'wind']],
  ])('equals DuckDB’s reading of the published CSV file: %s', async (table, source, columns) => {
    const list = columns.map((name) => `"${name}"::VARCHAR AS "${name}"`).join(', ');
    const published = await sql(
      ':memory:',
      `SELECT ${list} FROM read_csv('${join(DATA, source)}', all_varchar = false, nullstr = '', sample_size = -1)`,
    );
    const ours = await queryFile(file, `SELECT ${list} FROM xano_data."${table}" ORDER BY id`);
    expect(ours.rows).toEqual(published);
  });

  it('is loaded again without a change when nothing has changed', async () => {
    const before = await queryFile(
      file,
      'SELECT * EXCLUDE (_xano_load_id) FROM xano_data.movies ORDER BY id',
    );
    const { status, stdout } = await xanoCommand(
      'load',
      'movies',
      '--workspace',
      '2',
      '--to',
      file,
      '--json',
    );
    const again = JSON.parse(stdout) as LoadReport;
    expect({
      status,
      deleted: again.resources[0]?.rows_deleted,
      written: again.resources[0]?.rows_written,
    }).toEqual({ status: 0, deleted: 0, written: 3201 });
    expect(
      await queryFile(file, 'SELECT * EXCLUDE (_xano_load_id) FROM xano_data.movies ORDER BY id'),
    ).toEqual(before);
    const ids = await queryFile(file, 'SELECT DISTINCT _xano_load_id AS id FROM xano_data.movies');
    expect(ids.rows).toEqual([{ id: again.load_id }]);
  });

  it('leaves no password, no token and no staging file behind', async () => {
    const { status } = await xanoCommand(
      'load',
      'users',
      '--workspace',
      'Shop',
      '--dataset',
      'shop',
      '--to',
      file,
    );
    expect(status).toBe(0);
    const columns = await queryFile(
      file,
      "SELECT column_name AS name FROM duckdb_columns() WHERE schema_name = 'shop' AND table_name = 'users' ORDER BY column_index",
    );
    expect(columns.rows.map(({ name }) => name)).not.toContain('password');
    const bytes = readFileSync(file);
    expect(bytes.includes(xano.token)).toBe(false);
    expect(bytes.includes(xano.token.split('.')[1]!)).toBe(false);
    expect(() => readFileSync(`${file}.staging`)).toThrow(/ENOENT/);
  });
});

describe('the package', () => {
  it('contains both programs, and they start from anywhere', () => {
    const place = mkdtempSync(join(tmpdir(), 'xano-pack-'));
    try {
      const packed = execFileSync(
        'npm',
        ['pack', '--ignore-scripts', '--silent', '--pack-destination', place],
        { cwd: ROOT, encoding: 'utf8' },
      );
      const home = join(place, 'node_modules', 'xano-connector');
      mkdirSync(home, { recursive: true });
      execFileSync('tar', [
        '-xzf',
        join(place, packed.trim().split('\n').at(-1)!),
        '-C',
        home,
        '--strip-components=1',
      ]);
      symlinkSync(join(ROOT, 'node_modules'), join(home, 'node_modules'));
      const manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as {
        version: string;
        bin: Record<string, string>;
      };
      expect(Object.keys(manifest.bin)).toEqual(['xano', 'xano-connector']);
      for (const path of Object.values(manifest.bin))
        expect(
          execFileSync(process.execPath, [join(home, path), '--version'], { encoding: 'utf8', cwd: place }),
        ).toBe(`${manifest.version}\n`);
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  });
});
