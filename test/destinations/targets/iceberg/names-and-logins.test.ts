import { env } from 'node:process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { destinationLabel, takesManyLoads } from '../../../../src/destinations/open.js';
import { namespaceOf, tableNameOf } from '../../../../src/destinations/targets/iceberg/catalog-names.js';
import { parseCatalog } from '../../../../src/destinations/targets/iceberg/parse-catalog.js';
import { setUpCatalog } from '../../../../src/destinations/targets/iceberg/set-up-catalog.js';

/** The statements that DuckDB runs to attach a catalog, with these variables alone. */
async function statementsOf(name: string, variables: Readonly<Record<string, string>>): Promise<string[]> {
  const kept = { ...env };
  onTestFinished(() => {
    for (const one of Object.keys(env)) if (!(one in kept)) delete env[one];
    Object.assign(env, kept);
  });
  for (const one of Object.keys(env)) if (/^(ICEBERG|AWS)_/.test(one)) delete env[one];
  Object.assign(env, variables);
  const statements: string[] = [];
  const session = { run: async (sql: string) => void statements.push(sql) };
  await setUpCatalog(session, parseCatalog(name), { read_only: false });
  return statements;
}

describe('the name of an Iceberg catalog', () => {
  it('is an address and a warehouse', () => {
    const name = 'https://host.example/api/catalog/?warehouse=s3%3A%2F%2Fshop';
    expect(parseCatalog(name)).toEqual({
      label: 'iceberg:https://host.example/api/catalog?warehouse=s3://shop',
      endpoint: 'https://host.example/api/catalog',
      warehouse: 's3://shop',
      is_private: true,
    });
    expect(destinationLabel('iceberg:http://10.0.0.1:8181')).toBe('iceberg:http://10.0.0.1:8181');
    expect(takesManyLoads(`iceberg:${name}`)).toBe(true);
  });

  it.each([
    [
      'shop',
      'The name of an Iceberg catalog is not an address; expected iceberg:https://host/path?warehouse=name.',
    ],
    [
      'ftp://host/x',
      'The name of an Iceberg catalog is not an address; expected iceberg:https://host/path?warehouse=name.',
    ],
    ['https://me:hidden@host/x', 'The address of the Iceberg catalog host holds a user or a password.'],
    ['https://host/?warehous=x', 'An Iceberg catalog has no parameter "warehous"; did you mean "warehouse"?'],
    ['https://host/?warehouse=x&warehouse=y', 'The parameter "warehouse" is given twice.'],
  ])('is not %s', (name, message) => {
    expect(() => parseCatalog(name)).toThrow(expect.objectContaining({ code: 'USAGE', message }));
  });
});

describe('the name of a table in a catalog', () => {
  it.each([
    ['orders', 'orders'],
    ['Orders', 'orders'],
    ['Order Items', 'order_items_d9206391d4'],
    ['_x', 'x_a01e47cb4c'],
    ['É', 'table_a755f65d4e'],
  ])('of %s is %s', (name, expected) => {
    expect(tableNameOf(name)).toBe(expected);
  });

  it('is another one for each table, and never one that DuckDB or the state has', () => {
    const names = ['a b', 'a_b', 'a-b', 'a  b', 'É', 'é', ' ', '', 'x'.repeat(300), 'x'.repeat(301)];
    const stored = names.map(tableNameOf);
    expect(new Set(stored).size).toBe(names.length);
    expect(stored.filter((name) => !/^[a-z0-9][a-z0-9_]*[a-z0-9]$/.test(name) || name.length > 200)).toEqual(
      [],
    );
    for (const name of ['main', 'xano_state', 'information_schema']) expect(namespaceOf(name)).not.toBe(name);
    expect(namespaceOf('xano_data')).toBe('xano_data');
  });
});

describe('the login to a catalog', () => {
  const name = 'https://host.example/api?warehouse=shop';

  it('is in a temporary secret, and in no other statement', async () => {
    const statements = await statementsOf(name, {
      ICEBERG_CLIENT_ID: 'me',
      ICEBERG_CLIENT_SECRET: "hid'den",
      AWS_ACCESS_KEY_ID: 'key',
      AWS_SECRET_ACCESS_KEY: 'hidden too',
    });
    expect(statements.slice(-3)).toEqual([
      `CREATE OR REPLACE TEMPORARY SECRET "xano_catalog_login" (TYPE iceberg, CLIENT_ID 'me', CLIENT_SECRET 'hid''den', OAUTH2_SERVER_URI 'https://host.example/api/v1/oauth/tokens')`,
      `CREATE OR REPLACE TEMPORARY SECRET "xano_catalog_files" (TYPE s3, KEY_ID 'key', SECRET 'hidden too', REGION 'us-east-1')`,
      `ATTACH 'shop' AS xano_catalog (TYPE iceberg, ENDPOINT 'https://host.example/api', READ_ONLY false, SECRET "xano_catalog_login", ACCESS_DELEGATION_MODE 'none')`,
    ]);
  });

  it('is a token, or none', async () => {
    expect((await statementsOf(name, { ICEBERG_TOKEN: 'hidden' })).slice(-2)).toEqual([
      `CREATE OR REPLACE TEMPORARY SECRET "xano_catalog_login" (TYPE iceberg, TOKEN 'hidden')`,
      `ATTACH 'shop' AS xano_catalog (TYPE iceberg, ENDPOINT 'https://host.example/api', READ_ONLY false, SECRET "xano_catalog_login")`,
    ]);
    expect((await statementsOf(name, {})).slice(-1)).toEqual([
      `ATTACH 'shop' AS xano_catalog (TYPE iceberg, ENDPOINT 'https://host.example/api', READ_ONLY false, AUTHORIZATION_TYPE 'none')`,
    ]);
  });

  it('is not sent unencrypted, nor by half', async () => {
    await expect(statementsOf('http://host.example', { ICEBERG_TOKEN: 'hidden' })).rejects.toMatchObject({
      code: 'USAGE',
      message: 'xano does not send a login to http://host.example unencrypted.',
    });
    await expect(statementsOf(name, { ICEBERG_CLIENT_ID: 'me' })).rejects.toMatchObject({
      code: 'USAGE',
      message: 'xano cannot log in to the catalog: ICEBERG_CLIENT_SECRET is not set.',
    });
    await expect(statementsOf(name, { AWS_ACCESS_KEY_ID: 'key' })).rejects.toMatchObject({
      code: 'USAGE',
      message: `xano cannot sign requests to the files of iceberg:${name}: AWS_SECRET_ACCESS_KEY is not set.`,
    });
    const address = {
      AWS_ACCESS_KEY_ID: 'key',
      AWS_SECRET_ACCESS_KEY: 'hidden',
      AWS_ENDPOINT_URL: 'nowhere',
    };
    await expect(statementsOf(name, address)).rejects.toMatchObject({
      code: 'USAGE',
      message: 'AWS_ENDPOINT_URL is not an address; expected https://host.',
    });
  });
});
