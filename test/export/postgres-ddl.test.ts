import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { literal, quote } from '../../src/destinations/engine/sql.js';
import { toPostgresDdl } from '../../src/export/postgres-ddl.js';
import { storableName } from '../../src/table/column.js';
import { postgresName } from '../../src/table/postgres-types.js';
import type { SchemaColumn, SchemaTable } from '../../src/table/schema.js';
import { describePostgres, newDatabase, rows } from '../servers/postgres.js';

/** A column of a workspace's table. */
function column(name: string, type: string | null, rest: Partial<SchemaColumn> = {}): SchemaColumn {
  const base = { name, column: name, xano_type: 'any', type, nullable: false, description: '' };
  return { ...base, values: null, references: null, ...rest };
}

const ID = column('id', 'BIGINT');

/** A table of a workspace. */
function table(
  id: number,
  name: string,
  columns: readonly SchemaColumn[] | null,
  rest: Partial<SchemaTable> = {},
): SchemaTable {
  return { id, name, schema: null, table: name, description: '', primary_key: ['id'], columns, ...rest };
}

const refersTo = (table_id: number): Partial<SchemaColumn> => ({ references: { table_id, name: 'x' } });

const HEAD = `-- Tables for Postgres, from the schema that xano knows.
-- Without defaults, NOT NULL and further indexes.
`;
const REFERENCES = `-- Xano does not check references. Copy the rows before you run these statements. Each fails if a
-- value names a row that does not exist, such as 0; with NOT VALID at its end it checks new rows only.
`;

describe('the tables of a schema in Postgres', () => {
  it('have types, a key, checks of enums and comments', () => {
    const pets = table(
      1,
      'pets',
      [
        ID,
        column('kind', 'VARCHAR', { values: ['cat', "dog's"], description: "It's\none of two" }),
        column('mood', 'VARCHAR', { values: ['', 'good'] }),
        column('colours', 'VARCHAR[]', { values: ['red', 'a\\b'], xano_type: 'enum[]' }),
        column('code', null, { column: null, xano_type: 'password' }),
        column('vectors', 'FLOAT[3][]'),
      ],
      { description: 'All "pets"' },
    );
    expect(toPostgresDdl([pets], { schema: 'zoo' })).toBe(`${HEAD}
CREATE SCHEMA IF NOT EXISTS "zoo";

-- Column "code" is left out: xano does not load password columns.
CREATE TABLE "zoo"."pets" (
  "id" bigint,
  "kind" text CHECK ("kind" IN ('cat', 'dog''s', '')),
  "mood" text CHECK ("mood" IN ('', 'good')),
  "colours" text[] CHECK ("colours" <@ ARRAY['red', E'a\\\\b']::text[]),
  "vectors" json,
  CONSTRAINT "pets_pkey" PRIMARY KEY ("id")
);
COMMENT ON TABLE "zoo"."pets" IS 'All "pets"';
COMMENT ON COLUMN "zoo"."pets"."kind" IS E'It''s\\none of two';
`);
  });

  it('refer to each other at the end; a comment names each reference that Postgres cannot have', () => {
    const all = [
      table(1, 'orders', [
        ID,
        column('customer_id', 'UUID', refersTo(2)),
        column('parent_id', 'BIGINT', refersTo(1)),
        column('item_ids', 'BIGINT[]', { ...refersTo(1), xano_type: 'int[]' }),
        column('gone_id', 'BIGINT', refersTo(99)),
        column('hidden_id', 'BIGINT', refersTo(3)),
        column('wrong_id', 'BIGINT', refersTo(2)),
        column('keyless_id', 'BIGINT', refersTo(4)),
        column('code', null, { ...refersTo(1), column: null, xano_type: 'password' }),
      ]),
      table(2, 'customers', [column('id', 'UUID')]),
      table(3, 'hidden', null),
      table(4, 'keyless', [column('id', 'JSON')]),
    ];
    const ddl = toPostgresDdl(all, { schema: 's' });
    expect(ddl.slice(ddl.indexOf('CREATE TABLE "s"."customers"'))).toBe(`CREATE TABLE "s"."customers" (
  "id" uuid,
  CONSTRAINT "customers_pkey" PRIMARY KEY ("id")
);

-- Table "hidden" is left out: its columns may not be seen.

-- The primary key ("id") is left out: a column is missing, or is JSON.
CREATE TABLE "s"."keyless" (
  "id" json
);

${REFERENCES}ALTER TABLE "s"."orders" ADD FOREIGN KEY ("customer_id") REFERENCES "s"."customers" ("id");
ALTER TABLE "s"."orders" ADD FOREIGN KEY ("parent_id") REFERENCES "s"."orders" ("id");
-- "orders"."item_ids" refers to rows of "orders": Postgres has no foreign keys for lists.
-- "orders"."gone_id" refers to table 99, which is not part of the workspace.
-- "orders"."hidden_id" refers to "hidden", whose columns may not be seen.
-- "orders"."wrong_id" refers to "customers": it is bigint, and the primary key there is uuid.
-- "orders"."keyless_id" refers to "keyless", which has no primary key here.
`);
  });

  it('of a part of the workspace have the same names, and references to the others in comments', () => {
    const all = [
      table(1, 'a', [ID]),
      table(2, 'a_pkey', [ID, column('a_id', 'BIGINT', refersTo(1))]),
      table(3, 'a_pkey_pkey', [ID]),
    ];
    const statement = 'ALTER TABLE "s"."a_pkey" ADD FOREIGN KEY ("a_id") REFERENCES "s"."a" ("id");';
    const one = `CREATE TABLE "s"."a_pkey" (
  "id" bigint,
  "a_id" bigint,
  CONSTRAINT "a_pkey_pkey_2" PRIMARY KEY ("id")
);`;
    expect(toPostgresDdl(all, { schema: 's', chosen: [all[1]!] })).toBe(`${HEAD}
CREATE SCHEMA IF NOT EXISTS "s";

${one}

${REFERENCES}-- "a_pkey"."a_id" refers to "a", which is not among the tables here:
-- ${statement}
`);
    expect(toPostgresDdl(all, { schema: 's' })).toBe(`${HEAD}
CREATE SCHEMA IF NOT EXISTS "s";

CREATE TABLE "s"."a" (
  "id" bigint,
  CONSTRAINT "a_pkey_2" PRIMARY KEY ("id")
);

${one}

CREATE TABLE "s"."a_pkey_pkey" (
  "id" bigint,
  CONSTRAINT "a_pkey_pkey_pkey" PRIMARY KEY ("id")
);

${REFERENCES}${statement}
`);
  });

  it('whose names Postgres cannot have are called otherwise, and a comment says so', () => {
    const long = 'x'.repeat(70);
    const cut = postgresName(long);
    const odd = table(1, 'Twin', [ID, column('ctid', 'BIGINT'), column(long, 'BIGINT')], { table: 'Twin_7' });
    expect(toPostgresDdl([odd, table(2, '\n; DROP TABLE x; --', [])], { schema: long })).toBe(`${HEAD}
CREATE SCHEMA IF NOT EXISTS "${cut}";

-- Table "Twin" is called "Twin_7".
-- Column "ctid" is called "ctid_2".
-- Column "${long}" is called "${cut}": Postgres takes 63 bytes.
CREATE TABLE "${cut}"."Twin_7" (
  "id" bigint,
  "ctid_2" bigint,
  "${cut}" bigint,
  CONSTRAINT "Twin_7_pkey" PRIMARY KEY ("id")
);

-- The primary key ("id") is left out: a column is missing, or is JSON.
CREATE TABLE "${cut}".U&"\\+00000A; DROP TABLE x; --" (
);
`);
  });

  it('of a loaded file keep their schemas and composite keys', () => {
    const loaded = { id: null, primary_key: ['b', 'a'] };
    const all = ['one', 'two.three'].map((schema) =>
      table(1, 't', [column('a', 'VARCHAR', { xano_type: null }), column('b', 'DATE')], {
        ...loaded,
        schema,
        table: `${schema}.my.table`,
      }),
    );
    const made = (schema: string): string => `-- Table "t" is called "my.table".
CREATE TABLE "${schema}"."my.table" (
  "a" text,
  "b" date,
  CONSTRAINT "my.table_pkey" PRIMARY KEY ("b", "a")
);
`;
    expect(toPostgresDdl(all, { schema: 'unused' })).toBe(`${HEAD}
CREATE SCHEMA IF NOT EXISTS "one";
CREATE SCHEMA IF NOT EXISTS "two.three";

${made('one')}
${made('two.three')}`);
  });

  it('are none where there are none', () => {
    expect(toPostgresDdl([], { schema: 's' })).toBe(HEAD);
  });
});

describePostgres('the tables of a schema, run in Postgres', () => {
  it('have exactly the names, texts and values that they were given', async () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 90 }),
      fc.string({ unit: fc.constantFrom(...`"'\\-;\n\r\t\u2028:$x`), maxLength: 12 }),
    );
    const names = fc.uniqueArray(anything, { minLength: 2, maxLength: 4, selector: storableName });
    const shapes = fc.sample(fc.record({ names, text: anything, value: anything }), {
      numRuns: 60,
      seed: 16,
    });
    const tables = shapes.map(({ names: [name, ...columns], text, value }, i) =>
      table(
        i,
        `${name}${i}`,
        [ID, ...columns.map((one) => column(`${one}!`, 'VARCHAR', { description: text, values: [value] }))],
        { description: text },
      ),
    );
    const url = await newDatabase();
    await rows(url, toPostgresDdl(tables, { schema: 'public' }));
    const found = await rows(
      url,
      `SELECT relname AS "table", attname AS "column", obj_description(pg_class.oid) AS text,
         col_description(pg_class.oid, attnum) AS "about", format_type(atttypid, atttypmod) AS type
       FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0
       WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY pg_class.oid, attnum`,
    );
    const stored = (text: string): string | null =>
      Buffer.from(text).toString().replaceAll('\0', '\u2400') || null;
    expect(found).toEqual(
      tables.flatMap(({ name, description, columns }) =>
        columns!.map((one) => ({
          table: postgresName(name),
          column: postgresName(one.name),
          text: stored(description),
          about: stored(one.description),
          type: one.type === 'BIGINT' ? 'bigint' : 'text',
        })),
      ),
    );
    const inserts = tables.map(({ name, columns }, i) => {
      const [target, second] = [quote(postgresName(name)), quote(postgresName(columns![1]!.name))];
      return (id: number, end: string): string =>
        `INSERT INTO ${target} (id, ${second}) VALUES (${id}, ${literal(shapes[i]!.value + end)})`;
    });
    await rows(url, inserts.map((insert) => insert(1, '')).join(';\n'));
    for (const insert of inserts.slice(0, 5))
      await expect(rows(url, insert(2, '?'))).rejects.toMatchObject({ code: '23514' });
  });
});
