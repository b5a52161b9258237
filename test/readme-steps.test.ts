/**
 * The commands of README.md and of the pages that go on from it, in their order, in one empty folder, with a
 * token that sees several workspaces.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalXano, SHOP_LOGIN, startLocalXano } from '../src/index.js';
import { rowsOfFile } from './cli/terminal.js';

const ROOT = resolve(import.meta.dirname, '..');
const PROGRAM = join(ROOT, 'dist', 'cli', 'main.js');
const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');

interface Step {
  readonly kind: 'sh' | 'yaml';
  readonly text: string;
}

/** What a reader types or saves: blocks of a shell line by line, config files as a whole. */
const stepsOf = (text: string): Step[] =>
  [...text.matchAll(/^```(sh|yaml)\n([\s\S]*?)^```$/gm)].flatMap(([, kind, block]): Step[] =>
    kind === 'yaml'
      ? [{ kind: 'yaml', text: block! }]
      : block!
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => ({ kind: 'sh', text: line })),
  );

/** Lines for other programs than this one. */
const isElsewhere = ({ text }: Step): boolean => /^(npm|pip|duckdb) /.test(text);

const PAGES = ['README.md', 'docs/commands.md', 'docs/api-groups.md', 'docs/other-tools.md', 'docs/query.md'];
const steps = PAGES.flatMap((page) => stepsOf(read(page))).filter((one) => !isElsewhere(one));

let xano: LocalXano;
let base: string;
let folder: string;
let token: string;

beforeAll(async () => {
  xano = await startLocalXano();
  base = mkdtempSync(join(tmpdir(), 'xano-readme-steps-'));
  folder = join(base, 'empty');
  mkdirSync(folder);
  const { path, body } = SHOP_LOGIN;
  const login = await fetch(`${xano.instances[0]!.origin}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  token = ((await login.json()) as { authToken: string }).authToken;
});

afterAll(async () => {
  await xano.close();
  rmSync(base, { recursive: true, force: true });
});

/** A line with what it leaves to the reader: tokens, where they are kept, and the folder of a crontab. */
const typed = (line: string): string =>
  line
    .replace('XANO_API_TOKEN=…', `XANO_API_TOKEN=${token}`)
    .replace('op read op://clients/b/token', `cat ${join(base, 'token')}`)
    .replace(/^15 \* \* \* \* cd \/srv\/shop && /, '')
    .replace(/^(xano auth login( --profile [\w-]+)?)$/, `$1 --token-stdin < ${join(base, 'token')}`);

async function run(line: string): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const child = spawn('sh', ['-c', `xano() { '${process.execPath}' '${PROGRAM}' "$@"; }\n${typed(line)}`], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      HOME: join(base, 'home'),
      XANO_CONFIG_DIR: join(base, 'settings'),
      XANO_ACCOUNT_ORIGIN: xano.account_origin,
      // What the block before the config file names.
      XANO_API_TOKEN: line.includes('xano.yaml') ? token : undefined,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    said.stdout += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    said.stderr += String(chunk);
  });
  return new Promise((done) => {
    child.once('close', (status) => done({ status, ...said }));
  });
}

describe.each(['in an empty folder', 'where each of them was run before'])(
  'the steps of the docs, %s',
  () => {
    it.each(steps)('work as written: $text', async ({ kind, text }) => {
      writeFileSync(join(base, 'token'), xano.token);
      if (kind === 'yaml') {
        const [, name = ''] = /^# (\S+\.yaml)\n/.exec(text) ?? [];
        expect(name).not.toBe('');
        const { origin } = xano.instances[0]!;
        writeFileSync(join(folder, name), text.replaceAll('https://x1234-5678-9012.n7.xano.io', origin));
        return;
      }
      const { status, stderr } = await run(text);
      expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
      expect(stderr).not.toContain(xano.token);
    });

    it('leave the files that they promise', async () => {
      const count = async (file: string, table: string): Promise<unknown> =>
        (await rowsOfFile(join(folder, file), `SELECT count(*)::INT FROM ${table}`))[0]?.[0];
      expect([
        await count('shop.duckdb', 'xano_data.orders'),
        await count('xano.duckdb', 'xano_data.orders'),
        await count('xano.duckdb', 'xano_data."Storefront/orders"'),
        await count('client-b.duckdb', 'xano_data.orders'),
        await count('api.duckdb', 'xano_data.products'),
      ]).toEqual([5000, 5000, 5000, 5000, 1000]);
      expect(readFileSync(join(folder, '.dango', 'sources.yml'), 'utf8')).toContain('rest_api');
      expect(readFileSync(join(folder, 'report.csv'), 'utf8')).toContain('status,sum(total)');
    });
  },
);

it('the steps of the docs are many, and steps for other programs are skipped', () => {
  expect(steps.length).toBeGreaterThan(20);
  expect(steps.filter(({ text }) => /^(npm|pip|duckdb)/.test(text))).toEqual([]);
});
