import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { defineTable, defineWorkspace, field } from '../../../src/sandbox/data/define.js';
import type { LocalTable } from '../../../src/sandbox/data/model.js';
import { rowOf, rowsOf } from '../../../src/sandbox/data/rows.js';
import { office, officeWorkspace, rooms } from '../../fixtures/office.js';
import { atOffice } from '../at-office.js';
import { type Desk, expectError, openDesk, rowsOfFile } from '../terminal.js';

const SHOP = 'x1234-4567-8901';
const ALL_WORKSPACES = 'x1234-4567-8901 / Shop (1), x2-lab / Lab (4)';

/** Runs a load that must not happen. */
async function refuses(desk: Desk, argv: string[], message: string, hint: string): Promise<void> {
  const said = await desk.run(['load', '--to', desk.path('x.duckdb'), ...argv]);
  expectError(said, 2, 'USAGE', message, hint);
  expect(desk.files()).toEqual([]);
  expect(desk.xano.requests.filter(({ path }) => path.includes('content'))).toEqual([]);
}

/** The tables that a load of these words brings, with their rows. */
async function loads(desk: Desk, argv: string[], env = {}): Promise<unknown[][]> {
  const to = desk.path('x.duckdb');
  const said = await desk.run(['load', '--to', to, ...argv], { env });
  expect(said.status, said.stderr).toBe(0);
  const sql = 'SELECT target_table, rows::INT FROM _xano.resources ORDER BY resource, target_table';
  return rowsOfFile(to, sql);
}

describe('an instance', () => {
  it('that does not exist is USAGE with the nearest one', async () => {
    const desk = await openDesk();
    const hint = 'This token sees: x1234-4567-8901 (Shop), x2-lab (Laboratory).';
    await refuses(
      desk,
      ['--instance', 'labratory'],
      'This token sees no instance "labratory"; did you mean "Laboratory"?',
      hint,
    );
    await refuses(
      desk,
      ['--instance', 'x2-lap'],
      'This token sees no instance "x2-lap"; did you mean "x2-lab"?',
      hint,
    );
    const far = await desk.run(['discover', '--instance', 'something else']);
    expect({ status: far.status, stdout: far.stdout }).toEqual({ status: 2, stdout: '' });
    expect(far.stderr).toMatch(
      /^Error: This token sees no instance "something else"\.?\n {2}This token sees: [^\n]+\n {2}Code: USAGE\n$/,
    );
  });

  it.each(['x2-lab', 'X2-LAB', 'laboratory'])('is found as %s', async (instance) => {
    const desk = await openDesk();
    expect(await loads(desk, ['--instance', instance])).toEqual([
      ['readings', 2],
      ['sensors', 2],
    ]);
  });

  it('is found by its host', async () => {
    const desk = await openDesk();
    const { host } = new URL(desk.xano.instances[1]!.origin);
    expect(await loads(desk, ['--instance', host])).toEqual([
      ['readings', 2],
      ['sensors', 2],
    ]);
  });

  it('that is given by its address is asked directly, not through the Account API', async () => {
    const desk = await openDesk();
    const { origin } = desk.xano.instances[1]!;
    const tables = [
      ['readings', 2],
      ['sensors', 2],
    ];
    expect(await loads(desk, ['--instance', origin])).toEqual(tables);
    expect(await loads(desk, [], { XANO_INSTANCE: `${origin}/` })).toEqual(tables);
    expect(new Set(desk.xano.requests.map(({ instance }) => instance))).toEqual(new Set(['x2-lab']));
  });

  it('that is given by the address of its Metadata API is asked there', async () => {
    const desk = await openDesk();
    const { origin, meta_api } = desk.xano.instances[1]!;
    expect(meta_api).toBe(`${origin}/api:meta`);
    const tables = [
      ['readings', 2],
      ['sensors', 2],
    ];
    expect(await loads(desk, ['--instance', meta_api])).toEqual(tables);
    expect(await loads(desk, [], { XANO_INSTANCE: `${meta_api}/` })).toEqual(tables);
    expect(new Set(desk.xano.requests.map(({ instance }) => instance))).toEqual(new Set(['x2-lab']));
    expect(desk.xano.requests.filter(({ path }) => !path.startsWith('/api:meta/workspace'))).toEqual([]);
  });

  it.each(['/workspace/4', '/api:meta/workspace', '/api:AbCdEfGh'])(
    'that is given by an address with the path %s is USAGE, and no request is sent',
    async (path) => {
      const desk = await openDesk();
      const { origin } = desk.xano.instances[1]!;
      const message = `The address of an instance does not take the path "${path}".`;
      const hint = `Give the origin alone: ${origin}.`;
      await refuses(desk, ['--instance', `${origin}${path}/`], message, hint);
      for (const argv of [['discover'], ['endpoints'], ['auth', 'login', '--token-stdin']]) {
        const said = await desk.run([...argv, '--instance', origin + path], { stdin: desk.xano.token });
        expectError(said, 2, 'USAGE', message, hint);
      }
      expect(desk.xano.requests).toEqual([]);
    },
  );

  it.each(['ada:S3CR3T-word@', 'ada@', ':S3CR3T-word@'])(
    'that is given by an address with %s in it is USAGE, no request is sent, and none of it is shown',
    async (before) => {
      const desk = await openDesk();
      const message = 'The address of an instance holds a user name or a password.';
      const hint = 'Give the origin alone; the token is given separately.';
      const own = desk.xano.instances[1]!.origin.replace('http://', `http://${before}`);
      for (const address of [own, `https://${before}example.com`, `http://${before}example.com`]) {
        await refuses(desk, ['--instance', address], message, hint);
        for (const argv of [['discover'], ['endpoints'], ['auth', 'login', '--token-stdin']]) {
          const said = await desk.run([...argv, '--instance', address], { stdin: desk.xano.token });
          expectError(said, 2, 'USAGE', message, hint);
        }
      }
      expect(desk.xano.requests).toEqual([]);
    },
  );

  it('with the same display name as another is USAGE', async () => {
    const desk = await openDesk({ instances: [office(), { ...office(), name: 'x-annex' }] });
    await refuses(
      desk,
      ['--instance', 'our office'],
      'Several instances are called "our office".',
      'Give the name in front: x-office (Our office), x-annex (Our office).',
    );
    expect((await loads(desk, ['--instance', 'x-annex'])).length).toBe(2);
  });

  it.each([
    [
      'http://example.com',
      'Refusing http://example.com: plain http would expose the token on the network.',
      'Use https://.',
    ],
    [
      'http://127.0.0.1.example.com',
      'Refusing http://127.0.0.1.example.com: plain http would expose the token on the network.',
      'Use https://.',
    ],
    ['https://', '"https://" is not an address.', 'Give an origin such as https://x1-2-3.n7.xano.io.'],
  ])('at %s is not asked', async (instance, message, hint) => {
    const desk = await openDesk();
    await refuses(desk, ['--instance', instance], message, hint);
    expectError(
      await desk.run(['discover'], { env: { XANO_INSTANCE: instance } }),
      2,
      'USAGE',
      message,
      hint,
    );
    expectError(await desk.run(['endpoints', '--instance', instance]), 2, 'USAGE', message, hint);
    expect(desk.xano.requests).toEqual([]);
  });

  it('that nothing listens at is XANO_UNREACHABLE after three attempts', async () => {
    const desk = await openDesk();
    const port = await closedPort();
    const address = `http://127.0.0.1:${port}`;
    const none = `No answer from ${address}: nothing is listening there.`;
    for (const argv of [['discover'], ['load', '--to', desk.path('x.duckdb')], ['endpoints']]) {
      const said = await desk.run([...argv, '--instance', address]);
      const hint = 'Check the address and the network, then run again.';
      expectError(said, 5, 'XANO_UNREACHABLE', none, hint);
      // Somebody who looks on is told why nothing happens.
      const shown = await desk.run([...argv, '--instance', address, '--no-color'], { columns: 200 });
      const before = `${none} Trying again in 0.5 s …\n${none} Trying again in 1.0 s …\n`;
      expectError(shown, 5, 'XANO_UNREACHABLE', none, hint, before);
    }
    expect(desk.files()).toEqual([]);
  });
});

describe('the address of the Account API', () => {
  it.each(['ftp://example.com', 'nonsense', 'http://example.com'])('cannot be %s', async (origin) => {
    const desk = await openDesk();
    const message = `"${origin}" is not an address of an Account API.`;
    await refuses(desk, ['--account-origin', origin], message, 'Give an https:// origin.');
    const env = { XANO_ACCOUNT_ORIGIN: origin };
    expectError(await desk.run(['discover'], { env }), 2, 'USAGE', message, 'Give an https:// origin.');
    expect(desk.xano.requests).toEqual([]);
  });
});

describe('a workspace', () => {
  it('must be named where several match', async () => {
    const desk = await openDesk();
    const hint = 'Name them with --instance and --workspace.';
    await refuses(desk, [], `Several workspaces match: ${ALL_WORKSPACES}.`, hint);
    const one = await openDesk({
      instances: [office([officeWorkspace(), defineWorkspace(4, 'Attic', '', [rooms()])])],
    });
    await refuses(
      one,
      [],
      'Several workspaces match: Office (3), Attic (4).',
      'Name one with --workspace (its name or id).',
    );
    expectError(
      await one.run(['endpoints']),
      2,
      'USAGE',
      'Several workspaces match: Office (3), Attic (4).',
      'Name one with --workspace (its name or id).',
    );
  });

  it('that does not exist is USAGE with the nearest one', async () => {
    const desk = await openDesk();
    const hint = `This token sees: ${ALL_WORKSPACES}.`;
    await refuses(
      desk,
      ['--workspace', 'Shp'],
      'This token sees no workspace "Shp"; did you mean "Shop"?',
      hint,
    );
    const unknown = await desk.run(['discover', '--workspace', '9']);
    expect({ status: unknown.status, stdout: unknown.stdout }).toEqual({ status: 2, stdout: '' });
    expect(unknown.stderr).toMatch(/^Error: This token sees no workspace "9"\.?\n/);
  });

  it.each(['4', 'Lab', 'LAB'])('is found as %s', async (workspace) => {
    const desk = await openDesk();
    expect(await loads(desk, ['--workspace', workspace])).toEqual([
      ['readings', 2],
      ['sensors', 2],
    ]);
  });

  it('with the same name as another is USAGE, and its id tells them apart', async () => {
    const twin = defineWorkspace(4, 'Office', '', [rooms()]);
    const desk = await openDesk({ instances: [office([officeWorkspace(), twin])] });
    const hint = 'Give the id with --workspace: Office (3), Office (4).';
    await refuses(desk, ['--workspace', 'Office'], 'Several workspaces are called "Office".', hint);
    const said = await desk.run(['discover', '--workspace', 'office']);
    expectError(said, 2, 'USAGE', 'Several workspaces are called "office".', hint);
    expect(await loads(desk, ['--workspace', '4'])).toEqual([['rooms', 0]]);
  });

  it('without tables is USAGE', async () => {
    const desk = await openDesk({ instances: [office([defineWorkspace(3, 'Bare', '', [])])] });
    await refuses(desk, [], 'Workspace "Bare" has no tables.', 'Name another one with --workspace.');
    await refuses(
      desk,
      ['people'],
      'Workspace "Bare" has no table "people".',
      'The workspace has no tables.',
    );
  });

  it('cannot be chosen where the token sees none', async () => {
    const desk = await openDesk({ instances: [office([])] });
    const hint = 'Create a workspace in Xano, or use a token of another instance.';
    await refuses(desk, [], 'This token sees no workspace.', hint);
    expect(await desk.run(['discover'])).toEqual({
      status: 0,
      stdout: '',
      stderr: 'This token sees no workspace.\n',
    });
    const nowhere = await openDesk({ instances: [] });
    const message = 'This token sees no instance.';
    await refuses(nowhere, [], message, 'Name one by its address: --instance https://…');
  });
});

describe('a table', () => {
  const TABLES =
    'Name one of: merchant, categories, users, products, customers, orders, every_type, new stuff 🚀, returns.';

  it('that does not exist is USAGE with the nearest one, whatever else is named', async () => {
    const desk = await openDesk();
    const shop = ['--workspace', 'Shop'];
    const message = 'Workspace "Shop" has no table "odrers"; did you mean "orders"?';
    await refuses(desk, [...shop, 'merchant', 'odrers'], message, TABLES);
    await refuses(desk, [...shop, '99'], 'Workspace "Shop" has no table "99".', TABLES);
    const said = await desk.run(['endpoints', ...shop, 'odrers']);
    expectError(said, 2, 'USAGE', message, TABLES);
    const endpoint = await desk.run(['check', ...shop, 'Storefront/ordes']);
    expect(endpoint.stderr).toContain('; did you mean "Storefront/orders"?\n  Name one of: merchant, ');
  });

  it('that looks like an endpoint of an API group is USAGE, and the hint says how to load those', async () => {
    const desk = await openDesk();
    const named = ['--workspace', 'Shop', 'Storefront/merchant'];
    const message = 'Workspace "Shop" has no table "Storefront/merchant".';
    const hint =
      'To load endpoints of API groups, write a file: `xano endpoints --api-groups --output endpoints.json`, then `xano load --endpoints endpoints.json`.';
    await refuses(desk, named, message, hint);
  });

  it('is found by name, by id and in another case, and is loaded once however often it is named', async () => {
    const desk = await openDesk();
    expect(
      await loads(desk, ['--workspace', 'Shop', '11', 'MERCHANT', 'categories', 'new stuff 🚀', '25']),
    ).toEqual([
      ['categories', 8],
      ['merchant', 12],
      ['new stuff 🚀', 3],
    ]);
  });

  it('that differs from another only in upper and lower case must be named exactly', async () => {
    const named = (id: number, name: string, rows: number): LocalTable =>
      defineTable(id, name, [field('id', 'int')], {
        live: rowsOf(Array.from({ length: rows }, (_, i) => rowOf({ id: i + 1 }))),
      });
    const tables = [named(1, 'Item', 1), named(2, 'item', 2)];
    const desk = await atOffice({ tables });
    const message = 'Several tables have the name "ITEM" in different upper and lower case.';
    await refuses(desk, ['ITEM'], message, 'Write the exact name: Item, item.');
    expect(await loads(desk, ['item'])).toEqual([['item_2', 2]]);
    expect(await loads(desk, [])).toEqual([
      ['Item', 1],
      ['item_2', 2],
    ]);
    const { stderr } = await desk.run(['load', '--to', desk.path('x.duckdb'), '--verbose']);
    expect(stderr).toContain(
      'item: "item" is named "item_2" here: the destination ignores upper and lower case.\n',
    );
  });
});

describe('a data source', () => {
  const LABELS = 'Use one of these: live, test.';

  it('that does not exist is USAGE with the nearest one and the list, before any row is requested', async () => {
    const desk = await atOffice();
    const message = 'Data source "tset" does not exist in workspace "Office"; did you mean "test"?';
    await refuses(desk, ['--data-source', 'tset'], message, LABELS);
    await refuses(
      desk,
      ['--data-source', 'warehouse'],
      'Data source "warehouse" does not exist in workspace "Office".',
      LABELS,
    );
    const env = { XANO_DATA_SOURCE: 'tset' };
    for (const argv of [['load', '--to', desk.path('x.duckdb')], ['endpoints'], ['discover', '--counts']])
      expectError(await desk.run(argv, { env }), 2, 'USAGE', message, LABELS);
    expect(desk.files()).toEqual([]);
    expect(desk.xano.requests.filter(({ path }) => path.includes('content'))).toEqual([]);
  });

  it('must be named exactly, in upper and lower case', async () => {
    const desk = await atOffice();
    const message = 'Data source "TEST" does not exist in workspace "Office"; did you mean "test"?';
    await refuses(desk, ['--data-source', 'TEST'], message, LABELS);
  });

  it('is read even where the token may not list the data sources', async () => {
    const desk = await atOffice();
    const scopes = ['workspace:database', 'workspace:content'] as const;
    const env = { XANO_TOKEN: desk.xano.issueToken({ scopes }) };
    expect(await loads(desk, ['--data-source', 'test', 'people'], env)).toEqual([['people', 1]]);
    const asked = desk.xano.requests.filter(({ path }) => path.endsWith('/datasource'));
    expect(asked.map(({ status }) => status)).toEqual([403]);

    // A wrong label then fails where rows are asked for, and what was loaded stays.
    const argv = [
      'load',
      'people',
      '--to',
      desk.path('x.duckdb'),
      '--data-source',
      'tset',
      '--dataset',
      'other',
    ];
    const said = await desk.run(argv, { env });
    expect({ status: said.status, stdout: said.stdout }).toEqual({
      status: 5,
      stdout: 'people\t-\t-\t-\t0.000\tfailed XANO_FAILED\n',
    });
    expect(said.stderr).toMatch(/\n {2}Code: XANO_FAILED\n$/);
    expect(await rowsOfFile(desk.path('x.duckdb'), 'SELECT name FROM xano_data.people')).toEqual([
      ['Nobody'],
    ]);
  });

  it('called live is not looked up', async () => {
    const desk = await atOffice();
    expect(await loads(desk, ['--data-source', 'live', 'people'])).toEqual([['people', 3]]);
    expect(desk.xano.requests.filter(({ path }) => path.endsWith('/datasource'))).toEqual([]);
  });

  it.each(['te\nst', 'te\r\nx-evil: 1', '🚀', 'schön', ' test', 'test '])(
    'called %j is USAGE, since no header can hold it, and no row is requested',
    async (label) => {
      const desk = await atOffice();
      const message = `${JSON.stringify(label)} is not a valid data source label.`;
      const hint = 'Use printable ASCII characters: the label is sent in a header.';
      await refuses(desk, ['--data-source', label], message, hint);
      const env = { XANO_DATA_SOURCE: label };
      expectError(await desk.run(['endpoints'], { env }), 2, 'USAGE', message, hint);
      expect(desk.xano.requests.filter(({ headers }) => headers['x-data-source'] !== undefined)).toEqual([]);
    },
  );
});

describe('environment variables', () => {
  it('stand in for flags, and flags win', async () => {
    const desk = await openDesk();
    const env = { XANO_INSTANCE: SHOP, XANO_WORKSPACE: '1', XANO_DATA_SOURCE: 'test' };
    expect(await loads(desk, ['merchant'], env)).toEqual([['merchant', 3]]);
    expect(new Set(desk.xano.requests.flatMap(({ headers }) => headers['x-data-source'] ?? []))).toEqual(
      new Set(['test']),
    );
    const other = await openDesk();
    const flags = ['--instance', 'x2-lab', '--workspace', 'Lab', '--data-source', 'live'];
    expect(await loads(other, flags, env)).toEqual([
      ['readings', 2],
      ['sensors', 2],
    ]);
  });

  it('that are empty have no effect', async () => {
    const desk = await atOffice();
    const env = { XANO_INSTANCE: '', XANO_WORKSPACE: '', XANO_DATA_SOURCE: '', XANO_PROFILE: '' };
    expect(await loads(desk, ['people'], env)).toEqual([['people', 3]]);
  });
});

/** A port that was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
