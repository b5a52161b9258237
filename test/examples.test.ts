/** The examples, and those of docs/endpoints.md, loaded from a local Xano over HTTP. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../src/index.js';
import { SHOP_PASSWORD } from '../src/sandbox/data/shop-rows.js';
import { type Desk, openDesk } from './cli/terminal.js';

const ROOT = resolve(import.meta.dirname, '..');
const FOLDER = join(ROOT, 'examples');
/** The instance that the examples name: none has such an address. */
const NAMED = 'https://x1234-5678-9012.n7.xano.io';
const PASSWORD = { SHOP_EMAIL: 'ada@example.com', SHOP_PASSWORD };

/** The authToken of a user of the shop. */
async function logIn(desk: Desk): Promise<string> {
  const answer = await fetch(`${desk.xano.instances[0]!.origin}/api:Bbi3Wu6V/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: PASSWORD.SHOP_EMAIL, password: SHOP_PASSWORD }),
  });
  const body = (await answer.json()) as { readonly authToken: string };
  return body.authToken;
}

/** Loads a config, and gives what was loaded: resource, rows and what is proved of them. */
async function loadText(text: string, name: string): Promise<unknown[]> {
  const desk = await openDesk();
  const file = desk.path(name);
  writeFileSync(file, text.replaceAll(NAMED, desk.xano.instances[0]!.origin));
  const env = { ...PASSWORD, SHOP_SOURCE: 'live', SHOP_TOKEN: await logIn(desk) };
  const said = await desk.run(['load', '--endpoints', file, '--to', desk.path('x.duckdb'), '--json'], {
    env,
  });
  expect([said.status, said.stdout === '' ? said.stderr : '']).toEqual([0, '']);
  for (const secret of [env.SHOP_TOKEN, SHOP_PASSWORD])
    for (const one of desk.files()) {
      expect(said.stdout + said.stderr).not.toContain(secret);
      expect(readFileSync(desk.path(one)).includes(secret), `a secret is in ${one}`).toBe(false);
    }
  const { resources } = JSON.parse(said.stdout) as {
    readonly resources: readonly { resource: string; rows_written: number; completeness: string }[];
  };
  return resources.map(({ resource, rows_written, completeness }) => [resource, rows_written, completeness]);
}

/** What each example brings. */
const EXAMPLES: Readonly<Record<string, readonly unknown[]>> = {
  'children.yaml': [
    ['tables', 9, 'not_provable'],
    ['columns', 106, 'not_provable'],
  ],
  'groups.yaml': [
    ['products', 1000, 'not_provable'],
    ['users', 500, 'not_provable'],
  ],
  'incremental.yaml': [['products', 1000, 'proved']],
  'lists.yaml': [
    ['products', 1000, 'proved'],
    ['categories', 8, 'not_provable'],
    ['orders', 5000, 'proved'],
    ['shops', 12, 'proved'],
  ],
  'login.yaml': [['users', 500, 'not_provable']],
  'table.json': [['tables', 9, 'not_provable']],
};

describe('an example', () => {
  it('exists for each test, and each has a test', () => {
    // test/peers runs the notebooks.
    const notebooks = ['notebook.py', 'pandas.ipynb'];
    expect(readdirSync(FOLDER).toSorted()).toEqual([...Object.keys(EXAMPLES), ...notebooks].toSorted());
  });

  it.each(Object.entries(EXAMPLES))('loads in less than 25 lines: %s', async (name, loaded) => {
    const text = readFileSync(join(FOLDER, name), 'utf8');
    expect(text.split('\n').length).toBeLessThan(26);
    expect(await loadText(text, name)).toEqual(loaded);
  });
});

describe('docs/endpoints.md', () => {
  const docs = readFileSync(join(ROOT, 'docs', 'endpoints.md'), 'utf8');
  const blocks = [...docs.matchAll(/```yaml( loaded (.*))?\n([\s\S]*?)```/g)].map(([, , loaded, text]) => ({
    loaded,
    text: text!,
  }));

  it('shows nothing that is not valid', () => {
    expect(blocks.length).toBeGreaterThan(5);
    for (const { text } of blocks) expect(readConfig(text, 'docs').endpoints.length).toBeGreaterThan(0);
  });

  it.each(blocks.flatMap(({ loaded, text }) => (loaded === undefined ? [] : [[loaded, text] as const])))(
    'shows the rows that are loaded: %s',
    async (loaded, text) => {
      const brought = (await loadText(text, 'docs.yaml')) as [string, number, string][];
      expect(brought.map(([name, rows]) => `${name} ${rows}`).join(', ')).toBe(loaded);
    },
  );

  it('explains every field of the schema', () => {
    const schema = JSON.parse(readFileSync(join(ROOT, 'xano.schema.json'), 'utf8')) as {
      properties: { project: object };
    };
    const { project, ...lists } = schema.properties;
    const fields = new Set<string>();
    const walk = (part: unknown): void => {
      if (typeof part !== 'object' || part === null) return;
      const { properties } = part as { readonly properties?: object };
      for (const name of Object.keys(properties ?? {})) fields.add(name);
      for (const inner of Object.values(part)) walk(inner);
    };
    const unexplained = (part: object, page: string): string[] => {
      fields.clear();
      walk(part);
      return [...fields].filter((name) => !page.includes(`\`${name}\``));
    };
    const page = readFileSync(join(ROOT, 'docs', 'project.md'), 'utf8');
    const parts = { ...schema, properties: { ...lists, project: {} } };
    expect([unexplained(parts, docs), unexplained(project, page)]).toEqual([[], []]);
  });
});
