import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type DbtOptions, type SchemaColumn, type SchemaTable, toDbtSources } from '../../src/index.js';

const column = (name: string, more: Partial<SchemaColumn> = {}): SchemaColumn => ({
  name,
  column: name,
  xano_type: null,
  type: 'BIGINT',
  nullable: null,
  description: '',
  values: null,
  references: null,
  ...more,
});

const table = (
  name: string,
  columns: readonly SchemaColumn[],
  more: Partial<SchemaTable> = {},
): SchemaTable => ({
  id: null,
  name,
  schema: 'shop',
  table: `shop.${name}`,
  description: '',
  primary_key: ['id'],
  columns,
  ...more,
});

const USERS = table('users', [column('id')]);
const REFERENCE = { table_id: 1, name: 'users', table: 'shop.users' };

const written = (tables: readonly SchemaTable[], options: Partial<DbtOptions> = {}): unknown =>
  parse(toDbtSources(tables, { dialect: 'duckdb', ...options }));

const loadedAt = (name: string): string =>
  `select max(loaded_at) from _xano.resources where target_schema = 'shop' and target_table = '${name}'`;

describe('sources.yml for dbt', () => {
  it('has descriptions, tests of keys and references, and the time of the last load', () => {
    const orders = table(
      'orders',
      [
        column('id'),
        column('User', { references: REFERENCE, description: 'Who bought' }),
        column('friends', { type: 'BIGINT[]', references: REFERENCE }),
        column('secret', { column: null, type: null }),
      ],
      { description: 'What was sold' },
    );
    expect(written([USERS, orders], { max_age_ms: 5_400_000 })).toEqual({
      version: 2,
      sources: [
        {
          name: 'shop',
          schema: 'shop',
          tables: [
            {
              name: 'users',
              config: {
                loaded_at_query: loadedAt('users'),
                freshness: { error_after: { count: 90, period: 'minute' } },
              },
              columns: [{ name: 'id', quote: true, data_type: 'BIGINT', data_tests: ['unique', 'not_null'] }],
            },
            {
              name: 'orders',
              description: 'What was sold',
              config: {
                loaded_at_query: loadedAt('orders'),
                freshness: { error_after: { count: 90, period: 'minute' } },
              },
              columns: [
                { name: 'id', quote: true, data_type: 'BIGINT', data_tests: ['unique', 'not_null'] },
                {
                  name: 'User',
                  quote: true,
                  description: 'Who bought',
                  data_type: 'BIGINT',
                  data_tests: [
                    {
                      relationships: {
                        arguments: { to: "source('shop', 'users')", field: 'id' },
                        config: { severity: 'warn' },
                      },
                    },
                  ],
                },
                { name: 'friends', data_type: 'BIGINT[]' },
              ],
            },
          ],
        },
      ],
    });
  });

  it('tests no column of a composed key for being unique, and takes a list’s load from its parent', () => {
    const keyed = table('o\'s {{ env_var("TOKEN") }}', [column('a'), column('b')], {
      primary_key: ['a', 'b'],
      description: '{{ env_var("TOKEN") }} {% do x %} {# y #} {{{',
    });
    const lists = table('lists', [column('_dlt_id', { type: 'VARCHAR' })], {
      parent: keyed.table,
      primary_key: ['_dlt_id'],
    });
    const asked =
      "select max(loaded_at) from _xano.resources where target_schema = 'shop' and target_table = 'o''s {{ '{' }}{ env_var(\"TOKEN\") }}'";
    expect(written([keyed, lists])).toMatchObject({
      sources: [
        {
          tables: [
            {
              name: 'o_s____env_var__token_____',
              identifier: "o's {{ '{' }}{ env_var(\"TOKEN\") }}",
              description:
                "{{ '{' }}{ env_var(\"TOKEN\") }} {{ '{' }}% do x %} {{ '{' }}# y #} {{ '{' }}{{ '{' }}{",
              config: { loaded_at_query: asked },
              columns: [
                { name: 'a', data_tests: ['not_null'] },
                { name: 'b', data_tests: ['not_null'] },
              ],
            },
            { name: 'lists', config: { loaded_at_query: asked } },
          ],
        },
      ],
    });
  });

  it('names tables and columns as Postgres does, and gives each another name in dbt', () => {
    const long = 'x'.repeat(70);
    const tables = [
      table('Orders', [column('ctid'), column('at', { type: 'TIMESTAMPTZ' })]),
      table('orders', []),
      table(long, []),
      table('9', [], { schema: 'other', table: 'other.9' }),
    ];
    expect(written(tables, { dialect: 'postgres' })).toMatchObject({
      sources: [
        {
          name: 'shop',
          tables: [
            {
              name: 'orders',
              identifier: 'Orders',
              columns: [
                { name: 'ctid_2', data_type: 'bigint' },
                { name: 'at', data_type: 'timestamptz' },
              ],
            },
            { name: 'orders_2', identifier: 'orders' },
            { name: long, identifier: expect.stringMatching(/^x{54}_[0-9a-f]{8}$/) },
          ],
        },
        { name: 'other', tables: [{ name: '_9', identifier: '9' }] },
      ],
    });
  });
});
