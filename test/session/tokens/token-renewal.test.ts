/**
 * A load that its token ends: what is kept, how the token is renewed where it came from, and that the same
 * command continues.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LoadReport } from '../../../src/index.js';
import { atOffice } from '../../cli/at-office.js';
import { type Desk, HOUR_MS, rowsOfFile, START } from '../../cli/terminal.js';

const SEARCH = '/table/7/content/search';
const MAKE = 'Make a new token in Xano (Instances → Metadata API → Access Tokens), then';

/** A desk whose token ends while the second of three pages is answered; `again` gives a new one. */
async function desk(): Promise<{ at: Desk; old: string }> {
  const at = await atOffice();
  const old = at.xano.issueToken({ expires_at: START + HOUR_MS });
  let answered = 0;
  at.xano.fail({
    path: SEARCH,
    times: Number.POSITIVE_INFINITY,
    answer: {
      kind: 'rewrite',
      rewrite: (body) => {
        // The first page, the highest key, the second page.
        if (++answered === 3) at.clock.advance(HOUR_MS);
        return body;
      },
    },
  });
  return { at, old };
}

const argv = (at: Desk): string[] => [
  'load',
  '--to',
  at.path('x.duckdb'),
  '--page-size',
  '1',
  '--concurrency',
  '1',
  '--no-parallel-requests',
];

interface Source {
  readonly named: string;
  readonly hint: string;
  /** Gives the token there; returns what a command needs beside. */
  readonly give: (
    at: Desk,
    token: string,
  ) => Promise<{ argv?: string[]; env: Record<string, string | undefined> }>;
}

const fileOf = (at: Desk): string => {
  // Not at the desk, where no token may lie about.
  mkdirSync(at.settings, { recursive: true });
  return join(at.settings, 'token');
};

const SOURCES: readonly Source[] = [
  {
    named: 'a profile',
    hint: `${MAKE} run \`xano auth login\`.`,
    give: async (at, token) => {
      const env = { XANO_TOKEN: undefined };
      await at.run(['auth', 'login', '--token-stdin'], { env, stdin: token });
      return { env };
    },
  },
  {
    named: 'another profile',
    hint: `${MAKE} run \`xano auth login --profile work\`.`,
    give: async (at, token) => {
      const env = { XANO_TOKEN: undefined };
      await at.run(['auth', 'login', '--token-stdin', '--profile', 'work'], { env, stdin: token });
      return { env, argv: ['--profile', 'work'] };
    },
  },
  {
    named: 'XANO_TOKEN',
    hint: `${MAKE} set XANO_TOKEN to it, or unset XANO_TOKEN and run \`xano auth login\`.`,
    give: async (_, token) => ({ env: { XANO_TOKEN: token } }),
  },
  {
    named: 'a file',
    hint: `${MAKE} write it into the file that XANO_TOKEN_FILE names.`,
    give: async (at, token) => {
      writeFileSync(fileOf(at), token);
      return { env: { XANO_TOKEN: undefined, XANO_TOKEN_FILE: fileOf(at) } };
    },
  },
  {
    named: 'a program',
    hint: `${MAKE} make the program of XANO_TOKEN_COMMAND print it.`,
    give: async (at, token) => {
      writeFileSync(fileOf(at), token);
      return { env: { XANO_TOKEN: undefined, XANO_TOKEN_COMMAND: `cat '${fileOf(at)}'` } };
    },
  },
  {
    named: '--token',
    hint: `${MAKE} give it with --token, or leave --token out and run \`xano auth login\`.`,
    give: async (_, token) => ({ env: { XANO_TOKEN: undefined }, argv: ['--token', token] }),
  },
];

describe.each(SOURCES)('a load whose token from $named expires', ({ hint, give }) => {
  it('says which rows are saved and how to renew it, and the same command continues there', async () => {
    const { at, old } = await desk();
    const given = await give(at, old);
    const said = await at.run([...argv(at), ...(given.argv ?? [])], { env: given.env });
    expect(said.status).toBe(4);
    const lines = said.stderr.trimEnd().split('\n');
    expect(lines.slice(-3)).toEqual([
      'Error: 2 of 2 tables not loaded: the token has expired.',
      `  ${hint} Kept: 2 rows of people; with a new token, the same command continues there.`,
      '  Code: TOKEN_EXPIRED',
    ]);
    expect(said.stderr).not.toContain(old);

    const renewed = await give(at, at.xano.issueToken());
    at.xano.clearRequests();
    const again = await at.run([...argv(at), ...(renewed.argv ?? []), '--json'], { env: renewed.env });
    expect(again.status).toBe(0);
    const { resources } = JSON.parse(again.stdout) as LoadReport;
    expect(resources[0]).toMatchObject({
      resource: 'people',
      status: 'loaded',
      resumed: true,
      completeness: 'proved',
      rows_written: 3,
    });
    // The highest key, the last row, the count: none of the two pages that were kept.
    expect(at.xano.requests.filter(({ path }) => path.endsWith(SEARCH))).toHaveLength(3);
    expect(await rowsOfFile(at.path('x.duckdb'), 'SELECT count(*)::INT FROM xano_data.people')).toEqual([
      [3],
    ]);
  });
});

it('a load with an expired token says so with --json and with --quiet, and reports the number of rows', async () => {
  for (const flags of [['--json'], ['--quiet'], ['--json', '--quiet']]) {
    const { at, old } = await desk();
    const said = await at.run([...argv(at), ...flags], { env: { XANO_TOKEN: old } });
    expect(said.stderr).toContain(
      'Kept: 2 rows of people; with a new token, the same command continues there.',
    );
    if (!flags.includes('--json')) continue;
    const { resources } = JSON.parse(said.stdout) as LoadReport;
    const hint = `${MAKE} set XANO_TOKEN to it, or unset XANO_TOKEN and run \`xano auth login\`.`;
    expect(
      resources.map(({ status, rows_kept, error }) => [status, rows_kept, error?.code, error?.hint]),
    ).toEqual([
      ['failed', 2, 'TOKEN_EXPIRED', hint],
      ['skipped', undefined, 'TOKEN_EXPIRED', hint],
    ]);
  }
});

it('a load calls a token expired once its own expiry has passed, whatever the server says', async () => {
  const open = await atOffice();
  const token = open.xano.issueToken({ expires_at: START + HOUR_MS });
  open.xano.fail({
    path: SEARCH,
    answer: {
      kind: 'rewrite',
      rewrite: (body) => {
        open.clock.advance(2 * HOUR_MS);
        open.xano.revoke(token);
        return body;
      },
    },
  });
  const said = await open.run(argv(open), { env: { XANO_TOKEN: token } });
  expect(said.stderr).toContain(
    `The token from XANO_TOKEN expired on 2026-03-01 13:00 UTC: Xano does not accept the token: Invalid token`,
  );
  expect(said.stderr).toMatch(/\n {2}Code: TOKEN_EXPIRED\n$/);
});
