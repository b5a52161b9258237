import { describe, expect, it } from 'vitest';
import {
  defineApiGroup,
  defineEndpoint,
  defineTable,
  defineWorkspace,
  field,
} from '../../../src/sandbox/data/define.js';
import type { LocalInstance } from '../../../src/sandbox/data/model.js';
import { rowOf, rowsOf } from '../../../src/sandbox/data/rows.js';
import { type Desk, openDesk, rowsOfFile, type Said } from '../terminal.js';

/**
 * Moves the cursor, clears the screen, sets the title, colours, conceals, breaks the line, turns the text
 * round.
 */
const EVIL = '\u001b[2J\u001b]0;owned\u0007\u001b[31mred\u001b[8m\r\n\u009b5A\u202eback\u2028';
/** The same as it may be shown. */
const SHOWN =
  '\\u001b[2J\\u001b]0;owned\\u0007\\u001b[31mred\\u001b[8m\\u000d\\u000a\\u009b5A\\u202eback\\u2028';

function evilInstance(): LocalInstance {
  const named = (what: string): string => `${what} ${EVIL}`;
  const rows = rowsOf([rowOf({ id: 1, [named('column')]: 7, [named('Column').toLowerCase()]: 8 })]);
  const fields = [
    field('id', 'int'),
    field(named('column'), 'int', { description: EVIL }),
    field('secret', 'password'),
  ];
  const tables = [
    defineTable(7, named('table'), fields, { live: rows }, { description: EVIL }),
    defineTable(8, named('TABLE'), [field('id', 'int')], {}),
  ];
  const groups = [
    defineApiGroup(5, 'AbCdEfGh', named('group'), true, [
      defineEndpoint(51, 'GET', 'people', EVIL, { kind: 'all', table: named('table') }),
      defineEndpoint(52, 'POST', 'people', EVIL, { kind: 'accept' }),
    ]),
  ];
  const workspaces = [defineWorkspace(3, named('workspace'), EVIL, tables, groups)];
  return { name: named('x'), display: named('display'), rate_limit: false, workspaces };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const RAW = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

/** Asserts that nothing of a name reached the terminal as it is. */
function expectHarmless(said: Said): void {
  for (const text of [said.stdout, said.stderr]) {
    expect(RAW.exec(text)?.[0]).toBeUndefined();
    expect(text).not.toMatch(/^(5A|back)/m);
  }
}

const load = (desk: Desk, ...rest: string[]): string[] => ['load', '--to', desk.path('x.duckdb'), ...rest];

const COMMANDS: readonly (readonly [string, (desk: Desk) => string[], shows: string])[] = [
  ['discover', () => ['discover'], `table ${SHOWN}`],
  ['discover --columns', () => ['discover', '--columns'], `column ${SHOWN}`],
  ['endpoints --api-groups', () => ['endpoints', '--api-groups'], `group ${SHOWN}/people`],
  ['load', (desk) => load(desk), `table ${SHOWN}`],
  ['load --dry-run', (desk) => load(desk, '--dry-run'), `table ${SHOWN}`],
  ['load of a table that is not there', (desk) => load(desk, 'none'), `table ${SHOWN}`],
  ['load of a workspace that is not there', (desk) => load(desk, '--workspace', EVIL), `workspace ${SHOWN}`],
];

describe('names that hold control characters are shown as escapes', () => {
  it.each(COMMANDS)('in the output of %s', async (_name, argv, shows) => {
    const desk = await openDesk({ instances: [evilInstance()] });
    const pipe = await desk.run(argv(desk));
    expectHarmless(pipe);
    expect(pipe.stdout + pipe.stderr).toContain(shows);
    const terminal = await desk.run(argv(desk), { columns: 1000, env: { TERM: 'dumb' } });
    expectHarmless(terminal);
    expect(terminal.stdout + terminal.stderr).toContain(shows);
  });

  it('in --json, and are exact when it is parsed', async () => {
    const desk = await openDesk({ instances: [evilInstance()] });
    const discovered = await desk.run(['discover', '--json']);
    expectHarmless(discovered);
    expect(JSON.parse(discovered.stdout).instances[0].workspaces[0].tables[0].name).toBe(`table ${EVIL}`);
    const loaded = await desk.run(load(desk, '--json'));
    expectHarmless(loaded);
    expect(JSON.parse(loaded.stdout).resources[0].resource).toBe(`table ${EVIL}`);
  });

  it('in the progress on a terminal, where only our own sequences move the cursor', async () => {
    const desk = await openDesk({ instances: [evilInstance()] });
    const { stderr, stdout } = await desk.run(load(desk), { columns: 1000 });
    expect(stderr).toContain(`table ${SHOWN}  0 rows`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what the progress draws with, and our colours
    const ours = /\u001b\[(\?2026[hl]|\?25[hl]|\d+F|J|(1|2|22|31|32|33|39)m)/g;
    expectHarmless({ status: 0, stdout: stdout.replace(ours, ''), stderr: stderr.replace(ours, '') });
    expect(`${stdout}${stderr}`).not.toContain('\u001b[31mred');
  });

  it('in exclusions, in failures, and in messages of a server', async () => {
    const desk = await openDesk({ instances: [evilInstance()] });
    const token = desk.xano.issueToken({ scopes: ['workspace:content', 'workspace:live_data_source'] });
    const env = { XANO_TOKEN: token };
    const discovered = await desk.run(['discover'], { env });
    expectHarmless(discovered);
    expect(discovered.stderr).toContain(`columns of "TABLE ${SHOWN}", "table ${SHOWN}"`);
    const body = { code: 'ERROR_FATAL', message: EVIL };
    desk.xano.fail({
      path: '/table/7/content',
      times: Infinity,
      answer: { kind: 'status', status: 400, body },
    });
    const loaded = await desk.run(load(desk, '--concurrency', '1', '--no-parallel-requests'), { env });
    expect(loaded.status).toBe(7);
    expectHarmless(loaded);
    expect(loaded.stderr).toContain(`table ${SHOWN}: 127.0.0.1:`);
    desk.xano.fail({ path: '/workspace', times: Infinity, answer: { kind: 'status', status: 503, body } });
    const failed = await desk.run(['discover']);
    expect(failed.status).toBe(5);
    expectHarmless(failed);
    expect(failed.stderr).toContain(SHOWN);
  });

  it('and are exact in the file', async () => {
    const desk = await openDesk({ instances: [evilInstance()] });
    expect((await desk.run(load(desk))).status).toBe(0);
    const sql = "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'xano_data' ORDER BY table_oid";
    const names = (await rowsOfFile(desk.path('x.duckdb'), sql)).flat();
    expect(new Set(names)).toEqual(new Set([`table ${EVIL}`, `TABLE ${EVIL}_8`]));
  });
});
