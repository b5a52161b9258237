import { mkdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Catalog } from '../../../../src/index.js';
import { OFFICE } from '../../../fixtures/office.js';
import { atOffice } from '../../at-office.js';
import { type Desk, expectError, openDesk } from '../../terminal.js';

/** The catalog of the office, whole. */
function officeCatalog(desk: Desk): Catalog {
  const { origin } = desk.xano.instances[0]!;
  const column = {
    description: '',
    nullable: false,
    required: true,
    access: 'public',
    style: 'single',
  } as const;
  const primary = { type: 'primary', fields: ['id'] };
  const table = { auth: false, updated_at: '2026-01-11T21:14:24.000Z', indexes: [primary] };
  const guid = (id: number) =>
    desk.xano.instances[0]!.data.workspaces[0]!.tables.find((one) => one.id === id)!.guid;
  return {
    instances: [
      {
        name: OFFICE,
        display: 'Our office',
        origin,
        meta_api: `${origin}/api:meta`,
        workspaces: [
          {
            id: 3,
            name: 'Office',
            description: '',
            branch: 'v1',
            tables: [
              {
                id: 7,
                guid: guid(7),
                name: 'people',
                description: 'Who works here',
                ...table,
                columns: [
                  { name: 'id', type: 'int', ...column },
                  { name: 'name', type: 'text', ...column, description: 'As on the door' },
                  { name: 'born', type: 'date', ...column, nullable: true, required: false },
                  {
                    name: 'boss_id',
                    type: 'int',
                    ...column,
                    nullable: true,
                    required: false,
                    tableref_id: 7,
                  },
                ],
              },
              {
                id: 8,
                guid: guid(8),
                name: 'rooms',
                description: '',
                ...table,
                columns: [
                  { name: 'id', type: 'int', ...column },
                  { name: 'floor', type: 'int', ...column },
                ],
              },
            ],
            api_groups: [
              {
                id: 5,
                name: 'Door',
                description: '',
                canonical: 'AbCdEfGh',
                branch: 'v1',
                base_url: `${origin}/api:AbCdEfGh`,
                endpoints: [
                  { id: 51, verb: 'GET', path: 'people', description: 'Who is in', auth: false, inputs: [] },
                  {
                    id: 52,
                    verb: 'POST',
                    path: 'ring',
                    description: 'Ring the bell',
                    auth: false,
                    inputs: [],
                  },
                ],
              },
            ],
          },
        ],
      },
    ],
    omitted: [],
  };
}

describe('xano discover', () => {
  it('prints a table on a terminal', async () => {
    const desk = await atOffice();
    const { status, stdout, stderr } = await desk.run(['discover', '--no-color'], { columns: 80 });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(desk.tidy(stdout)).toMatchInlineSnapshot(`
      "Our office (x-office) / Office workspace 3, <x-office>

        table   id  columns  description
        people   7        4  Who works here
        rooms    8        2

        API group Door AbCdEfGh, <x-office>/api:AbCdEfGh
        verb  path    login  description
        GET   people  no     Who is in
        POST  ring    no     Ring the bell

      "
    `);
  });

  it('prints columns on a terminal', async () => {
    const desk = await atOffice();
    const { stdout } = await desk.run(['discover', '--columns', '--counts', '--no-color'], { columns: 80 });
    expect(desk.tidy(stdout)).toMatchInlineSnapshot(`
      "Our office (x-office) / Office workspace 3, <x-office>

        people table 7, 3 rows Who works here
        column   type   refers to  description
        id       int
        name     text              As on the door
        born     date?
        boss_id  int?   → people

        rooms table 8, 0 rows
        column  type
        id      int
        floor   int

        API group Door AbCdEfGh, <x-office>/api:AbCdEfGh
        verb  path    login  description
        GET   people  no     Who is in
        POST  ring    no     Ring the bell

      "
    `);
  });

  it('prints one object per line in a pipe, its kind first', async () => {
    const desk = await atOffice();
    const { stdout } = await desk.run(['discover']);
    const place = `${OFFICE}\t3\tOffice`;
    const group = `${place}\tDoor\tAbCdEfGh\t<${OFFICE}>/api:AbCdEfGh`;
    expect(desk.tidy(stdout)).toBe(
      `table\t${place}\t7\tpeople\t4\t\tWho works here
table\t${place}\t8\trooms\t2\t\t
endpoint\t${group}\tGET\tpeople\tWho is in
endpoint\t${group}\tPOST\tring\tRing the bell
`,
    );
  });

  it('prints columns and counts in a pipe', async () => {
    const desk = await atOffice();
    const { stdout } = await desk.run(['discover', '--columns', '--counts']);
    const place = `${OFFICE}\t3\tOffice`;
    expect(stdout.split('\n').slice(0, 8)).toEqual([
      `table\t${place}\t7\tpeople\t4\t3\tWho works here`,
      `column\t${place}\t7\tpeople\tid\tint\t\t`,
      `column\t${place}\t7\tpeople\tname\ttext\t\tAs on the door`,
      `column\t${place}\t7\tpeople\tborn\tdate?\t\t`,
      `column\t${place}\t7\tpeople\tboss_id\tint?\t→ people\t`,
      `table\t${place}\t8\trooms\t2\t0\t`,
      `column\t${place}\t8\trooms\tid\tint\t\t`,
      `column\t${place}\t8\trooms\tfloor\tint\t\t`,
    ]);
  });

  it('prints the whole catalog and nothing else with --json', async () => {
    const desk = await atOffice();
    const { status, stdout, stderr } = await desk.run(['discover', '--json'], { columns: 80 });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual(officeCatalog(desk));
  });

  it('counts the rows of each table with --json --counts', async () => {
    const desk = await atOffice();
    const { stdout } = await desk.run(['discover', '--json', '--counts']);
    const { instances }: Catalog = JSON.parse(stdout);
    expect(instances[0]?.workspaces[0]?.tables.map(({ name, rows }) => [name, rows])).toEqual([
      ['people', 3],
      ['rooms', 0],
    ]);
  });

  it('writes the catalog into a file with --output, and says so', async () => {
    const desk = await atOffice();
    const file = desk.path('catalog.json');
    expect(await desk.run(['discover', '--output', file])).toEqual({
      status: 0,
      stdout: '',
      stderr: `Wrote the catalog to ${file}.\n`,
    });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(officeCatalog(desk));
    const both = await desk.run(['discover', '--json', '--output', file]);
    expect(JSON.parse(both.stdout)).toEqual(officeCatalog(desk));
  });

  it.each([
    [
      'no/catalog.json',
      (file: string) => `The folder of ${file} does not exist.`,
      'Create the folder, or name another file with --output.',
    ],
    ['folder', (file: string) => `${file} is a folder.`, 'Name another file with --output.'],
  ])('refuses --output %s with USAGE', async (name, message, hint) => {
    const desk = await atOffice();
    mkdirSync(desk.path('folder'));
    const file = desk.path(name);
    const said = await desk.run(['discover', '--output', file]);
    expectError(said, 2, 'USAGE', message(file), hint);
    expect(desk.files()).toEqual(['folder']);
  });

  it('shows what the token may see, and says what it omits and why', async () => {
    const desk = await atOffice();
    desk.xano.fail({ path: '/apigroup/5/api', times: Infinity, answer: { kind: 'status', status: 403 } });
    const { status, stdout, stderr } = await desk.run(['discover']);
    expect(status).toBe(0);
    expect(stdout.split('\n').map((line) => line.split('\t')[0])).toEqual(['table', 'table', '']);
    expect(stderr).toMatch(
      /^Warning: left out: endpoints of "Door" of x-office \/ Office: The token may not do this: [^\n]* \(GET \/api:meta\/workspace\/3\/apigroup\/5\/api\)\. \(SCOPE_MISSING\)\n$/,
    );
    const catalog: Catalog = JSON.parse((await desk.run(['discover', '--json'])).stdout);
    expect(catalog.omitted).toMatchObject([
      { instance: OFFICE, workspace: 'Office', what: 'endpoints of "Door"', code: 'SCOPE_MISSING' },
    ]);
    expect(catalog.instances[0]?.workspaces[0]?.api_groups[0]?.endpoints).toBeNull();
  });

  it('exits with 7 where a request for something visible fails', async () => {
    const desk = await atOffice();
    desk.xano.fail({ path: '/apigroup?', times: Infinity, answer: { kind: 'status', status: 500 } });
    const { status, stdout, stderr } = await desk.run(['discover']);
    expect(status).toBe(7);
    expect(stdout.split('\n')).toHaveLength(3);
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(
      /^Warning: left out: API groups of x-office \/ Office: .* \(XANO_FAILED\)$/,
    );
  });

  it('shows one instance where the other does not answer', async () => {
    const desk = await openDesk();
    desk.xano.fail({ instance: 'x2-lab', times: Infinity, answer: { kind: 'reset' } });
    const { status, stdout, stderr } = await desk.run(['discover']);
    expect(status).toBe(7);
    expect(
      new Set(
        stdout
          .trimEnd()
          .split('\n')
          .map((line) => line.split('\t')[1]),
      ),
    ).toEqual(new Set(['x1234-4567-8901']));
    const { origin } = desk.xano.instances[1]!;
    expect(stderr.trimEnd().split('\n').at(-1)).toBe(
      `Warning: left out: workspaces of x2-lab: No answer from ${origin}: the connection was cut. (XANO_UNREACHABLE)`,
    );
  });

  it('fails with RESPONSE_UNEXPECTED for a web page', async () => {
    const desk = await atOffice();
    const body = '<!doctype html><title>Sign in</title>';
    desk.xano.fail({ instance: 'account', times: Infinity, answer: { kind: 'status', status: 200, body } });
    const message = 'Xano returned a web page (HTML); expected JSON.';
    const hint =
      'Check the address of the instance: it must be the instance itself, such as https://x1234-5678-9012.n7.xano.io.';
    const said = await desk.run(['discover']);
    expect(said.stderr.endsWith(`Error: ${message}\n  ${hint}\n  Code: RESPONSE_UNEXPECTED\n`)).toBe(true);
    expect({ status: said.status, stdout: said.stdout }).toEqual({ status: 5, stdout: '' });
  });

  it('adds the request and the cause with --debug, without the token', async () => {
    const desk = await atOffice();
    desk.xano.revoke(desk.xano.token);
    const { status, stderr } = await desk.run(['discover', '--debug']);
    expect(status).toBe(4);
    expect(desk.tidy(stderr)).toMatch(
      /\n {2}Code: TOKEN_REJECTED\n {2}Request: \{ "method": "GET", "url": "<account>\/api:meta\/instance", "status": 401, "trace_id": "[0-9a-f]+" \}\n$/,
    );
  });
});
