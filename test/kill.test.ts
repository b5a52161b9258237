/**
 * SIGKILL at many moments, as when the power goes: whatever was good stays good, and the loads after it end
 * equal to the truth.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type LocalXano, queryFile, startLocalXano } from '../src/index.js';
import { field } from '../src/sandbox/data/define.js';
import { rowFromJson, rowsIn, updateRow } from '../src/sandbox/data/rows.js';
import { officeOf, rawTable } from './fixtures/office.js';

const BIN = resolve(import.meta.dirname, '..', 'dist', 'cli', 'main.js');
const ROWS = 3_000;
/**
 * 3,000 rows in pages of 25, several under way at a time, with some milliseconds each: a load takes some
 * seconds.
 */
const PAGE = '25';
const PAGES = 120;
const ANSWER_MS = 30;
const KILLS = 24;

const row = (id: number, generation: number): string =>
  JSON.stringify({ id, generation, text: `row ${id} of ${generation} ${'x'.repeat(300)}` });
const table = rawTable(
  'rows',
  [field('id', 'int'), field('generation', 'int'), field('text', 'text')],
  Array.from({ length: ROWS }, (_, i) => row(i + 1, 1)),
);

let folder: string;
let file: string;
let xano: LocalXano;
/** Called with each answer to a search. */
let onSearch = (): void => {};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'xano-kill-'));
  file = join(folder, 'rows.duckdb');
  xano = await startLocalXano({ instances: [officeOf(table)], latency_ms: ANSWER_MS });
  xano.fail({
    path: '/table/52/content/search',
    times: Number.POSITIVE_INFINITY,
    answer: {
      kind: 'rewrite',
      rewrite: (body) => {
        onSearch();
        return body;
      },
    },
  });
});

afterEach(async () => {
  await xano.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a load, and kills it some milliseconds after so many requests, if it lives that long. */
function runLoad(kill?: {
  readonly requests: number;
  readonly after_ms: number;
}): Promise<{ readonly killed: boolean; readonly output: string }> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [BIN, 'load', '--to', file, '--page-size', PAGE], {
      env: { XANO_TOKEN: xano.token, XANO_INSTANCE: xano.instances[0]!.origin, XANO_CONFIG_DIR: folder },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += String(chunk);
      });
    let searches = 0;
    onSearch = () => {
      if (++searches === kill?.requests) setTimeout(() => child.kill('SIGKILL'), kill.after_ms);
    };
    child.on('close', (_, signal) => {
      onSearch = () => {};
      done({ killed: signal === 'SIGKILL', output });
    });
  });
}

/**
 * What a reader finds in the file: rows, different ids, and which generations of them. Null before the first
 * load was done.
 */
async function found(): Promise<unknown> {
  try {
    const { rows } = await queryFile(
      file,
      `SELECT count(*)::INT AS rows, count(DISTINCT id)::INT AS ids, min(generation)::INT AS oldest, max(generation)::INT AS newest,
        count(*) FILTER (text <> 'row ' || id || ' of ' || generation || ' ' || repeat('x', 300))::INT AS wrong FROM xano_data.rows`,
    );
    return rows[0];
  } catch (thrown) {
    expect(String(thrown)).toMatch(/There is no file|does not exist/);
    return null;
  }
}

const whole = (generation: number) => ({
  rows: ROWS,
  ids: ROWS,
  oldest: generation,
  newest: generation,
  wrong: 0,
});

/** The same moments in every run: a failure can be looked at again. */
function moments(): () => number {
  let state = 20_261_121;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
}

it(`a load survives ${KILLS} kills`, { timeout: 300_000 }, async () => {
  const random = moments();
  /** What the source has, and what the file must have while no load of it was done. */
  let generation = 1;
  let good = 0;
  let kills = 0;
  let resumed = 0;
  while (kills < KILLS) {
    xano.clearRequests();
    // Three in four while pages come, the others while they are proved and published.
    const requests = random() < 0.75 ? 1 + Math.floor(random() * PAGES) : PAGES;
    const { killed, output } = await runLoad({ requests, after_ms: random() * 120 });
    const kept = /continuing after ([\d,]+) rows/.exec(output)?.[1]?.replaceAll(',', '');
    if (kept !== undefined) {
      resumed++;
      const first = xano.requests.find(({ path }) => path.endsWith('/content/search'));
      // Ids have no gaps: the row after so many rows has the next number. Nothing before it is asked for
      // again.
      if (first !== undefined) expect(JSON.stringify(first.body)).toMatch(/"(id\|>":\d+|id":"desc")/);
      if (first !== undefined && JSON.stringify(first.body).includes('"asc"'))
        expect(JSON.stringify(first.body)).toContain(`{"id|>":${kept}}`);
    }
    const now = await found();
    if (killed) {
      kills++;
      // All of the old rows, or all of the new ones where the kill came after they were made visible: never
      // some of each.
      expect([good === 0 ? null : whole(good), whole(generation)]).toContainEqual(now);
    } else expect(now).toEqual(whole(generation));
    if (now === null || JSON.stringify(now) !== JSON.stringify(whole(generation))) continue;
    good = generation;
    generation++;
    for (let id = 1; id <= ROWS; id++) updateRow(rowsIn(table, 'live'), rowFromJson(row(id, generation)));
  }
  expect(resumed).toBeGreaterThan(0);
  await runLoad();
  expect(await found()).toEqual(whole(generation));
  expect(
    (await queryFile(file, "SELECT 1 FROM duckdb_tables() WHERE schema_name NOT IN ('xano_data', '_xano')"))
      .rows,
  ).toEqual([]);
});
