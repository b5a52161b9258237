import { describe, expect, it } from 'vitest';
import { defineTable, field, nullable } from '../../../../src/sandbox/data/define.js';
import type { LocalTable } from '../../../../src/sandbox/data/model.js';
import { describePostgres, newDatabase, rows } from '../../../servers/postgres.js';
import { atOffice } from '../../at-office.js';
import { type Desk, expectError, openDesk } from '../../terminal.js';

const SHOP = ['--instance', 'x1234-4567-8901', '--workspace', 'Shop'];

const TIMESTAMPTZ = 'timestamp with time zone';
/** The two columns that Xano puts into a new table. */
const STANDARD = ['id bigint !', `created_at ${TIMESTAMPTZ}`];

/** 70 bytes each, equal in the first 63. */
const LONG_TABLES = [1, 2].map((n) => `${'ü'.repeat(34)}_${n}`);
const LONG_COLUMNS = [1, 2].map((n) => `${'column_name'.repeat(6)}_xy${n}`);
const CUT_TABLES = [`${'ü'.repeat(27)}_2556e71d`, `${'ü'.repeat(27)}_d7376cf1`] as const;
const CUT_COLUMNS = ['42c9748d', 'b0edf487'].map((end) => `${'column_name'.repeat(4)}column_nam_${end}`);

/** Tables whose names and texts hold all that ends or changes SQL. */
function oddTables(): LocalTable[] {
  const id = field('id', 'int');
  const kinds = { values: ["dog's", 'a\\b', '"; DROP TABLE x; --'] };
  return [
    defineTable(
      1,
      'say "hi" 🚀',
      [
        id,
        field('kind', 'enum', kinds),
        nullable("it's\nhere", 'enum', { ...kinds, style: 'list', description: "a\\'b\nc" }),
        field('ctid', 'int'),
        nullable('secret\n; DROP TABLE x; --', 'password'),
      ],
      {},
      { description: "It's\r\n-- two lines;\t\\n \u202e" },
    ),
    defineTable(2, 'Twin', [id, field('Total', 'decimal'), field('total', 'int', { tableref_id: 1 })], {}),
    defineTable(3, 'twin', [id, nullable('Größe 📏', 'vector', { vector: { size: 2 } })], {}),
    defineTable(4, LONG_TABLES[0]!, [id, ...LONG_COLUMNS.map((name) => field(name, 'text'))], {}),
    defineTable(
      5,
      LONG_TABLES[1]!,
      [id, field('of', 'int', { tableref_id: 4 })],
      {},
      { description: 'The second' },
    ),
    defineTable(6, 'Twin_pkey', [id], {}),
  ];
}

/** What {@link oddTables} are in Postgres. */
const ODD_COLUMNS = {
  'public.say "hi" 🚀': ['id bigint !', 'kind text', "it's\nhere text[]: a\\'b\nc", 'ctid_2 bigint'],
  'public.Twin': ['id bigint !', 'Total double precision', 'total_2 bigint'],
  'public.twin_3': ['id bigint !', 'Größe 📏 real[]'],
  [`public.${CUT_TABLES[0]}`]: ['id bigint !', ...CUT_COLUMNS.map((name) => `${name} text`)],
  [`public.${CUT_TABLES[1]}`]: ['id bigint !', 'of bigint'],
  'public.Twin_pkey': ['id bigint !'],
};

const SAID_KINDS = `ARRAY['dog''s'::text, 'a\\b'::text, '"; DROP TABLE x; --'::text`;
const ODD_CONSTRAINTS = [
  `say "hi" 🚀: say "hi" 🚀_kind_check CHECK ((kind = ANY (${SAID_KINDS}, ''::text])))`,
  `say "hi" 🚀: say "hi" 🚀_it's\nhere_check CHECK (("it's\nhere" <@ ${SAID_KINDS}]))`,
  'say "hi" 🚀: say "hi" 🚀_pkey PRIMARY KEY (id)',
  // The plain name is a table's.
  'Twin: Twin_pkey_2 PRIMARY KEY (id)',
  'twin_3: twin_3_pkey PRIMARY KEY (id)',
  `${CUT_TABLES[0]}: ${'ü'.repeat(27)}_a1e0da6a PRIMARY KEY (id)`,
  `${CUT_TABLES[1]}: ${'ü'.repeat(27)}_6234bdcc PRIMARY KEY (id)`,
  'Twin_pkey: Twin_pkey_pkey PRIMARY KEY (id)',
  'Twin: Twin_total_2_fkey FOREIGN KEY (total_2) REFERENCES "say ""hi"" 🚀"(id)',
  `${CUT_TABLES[1]}: ${'ü'.repeat(27)}__of_fkey FOREIGN KEY (of) REFERENCES "${CUT_TABLES[0]}"(id)`,
];

/** What the tables of the demo shop are in Postgres. */
const SHOP_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  'xano_data.merchant': [
    ...STANDARD,
    'name text: As on the shop’s door',
    'city text',
    'rating double precision',
    'active boolean',
    'settings json',
  ],
  'xano_data.categories': [...STANDARD, 'name text', 'parent_id bigint'],
  'xano_data.users': [
    ...STANDARD,
    'name text',
    'email text',
    'role text',
    'merchant_id bigint',
    `last_login ${TIMESTAMPTZ}`,
    'reset_secret text',
  ],
  'xano_data.products': [
    ...STANDARD,
    `updated_at ${TIMESTAMPTZ}`,
    'name text',
    'sku text',
    'price double precision',
    'stock bigint',
    'category_id bigint',
    'merchant_id bigint',
    'tags text[]',
    'attributes json',
    'description text',
    'discontinued boolean',
  ],
  'xano_data.customers': [
    'id uuid !',
    `created_at ${TIMESTAMPTZ}`,
    'name text',
    'email text',
    'birthday date',
    'newsletter boolean',
    'address json',
    'location json',
  ],
  'xano_data.orders': [
    ...STANDARD,
    'customer_id uuid',
    'product_id bigint',
    'quantity bigint',
    'total double precision',
    'status text',
    `shipped_at ${TIMESTAMPTZ}`,
    'gift_note text',
    'discounts double precision[]',
  ],
  'xano_data.every_type': [
    ...STANDARD,
    'label text: What is special about the row',
    'attachment_value json',
    'audio_value json',
    'bool_value boolean',
    'date_value date',
    'decimal_value double precision',
    'email_value text',
    'enum_value text',
    'geo_linestring_value json',
    'geo_multilinestring_value json',
    'geo_multipoint_value json',
    'geo_multipolygon_value json',
    'geo_point_value json',
    'geo_polygon_value json',
    'image_value json',
    'int_value bigint',
    'json_value json',
    'object_value json',
    'text_value text',
    `timestamp_value ${TIMESTAMPTZ}`,
    'uuid_value uuid',
    'vector_value real[]',
    'video_value json',
    'attachment_list json[]',
    'bool_list boolean[]',
    'date_list date[]',
    'decimal_list double precision[]',
    'email_list text[]',
    'enum_list text[]',
    'image_list json[]',
    'int_list bigint[]',
    'json_list json[]',
    'object_list json[]',
    'text_list text[]',
    `timestamp_list ${TIMESTAMPTZ}[]`,
    'uuid_list uuid[]',
    'vector_list json',
  ],
  'xano_data.new stuff 🚀': [
    'id bigint !',
    'first name text',
    'say "hi" text',
    "it's boolean",
    'select bigint',
    'group text',
    'Total double precision',
    'total_2 double precision',
    'a.b json',
    'Größe 📏 text',
  ],
  'xano_data.returns': [...STANDARD, 'order_id bigint', 'reason text', 'refund double precision'],
};

const SHOP_CONSTRAINTS = [
  'merchant: merchant_pkey PRIMARY KEY (id)',
  'categories: categories_pkey PRIMARY KEY (id)',
  "users: users_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'staff'::text, 'support'::text, ''::text])))",
  'users: users_pkey PRIMARY KEY (id)',
  'products: products_pkey PRIMARY KEY (id)',
  'customers: customers_pkey PRIMARY KEY (id)',
  "orders: orders_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'paid'::text, 'shipped'::text, 'delivered'::text, 'cancelled'::text, ''::text])))",
  'orders: orders_pkey PRIMARY KEY (id)',
  "every_type: every_type_enum_value_check CHECK ((enum_value = ANY (ARRAY['small'::text, 'medium'::text, 'large'::text, ''::text])))",
  "every_type: every_type_enum_list_check CHECK ((enum_list <@ ARRAY['small'::text, 'medium'::text, 'large'::text]))",
  'every_type: every_type_pkey PRIMARY KEY (id)',
  'new stuff 🚀: new stuff 🚀_pkey PRIMARY KEY (id)',
  'returns: returns_pkey PRIMARY KEY (id)',
  'categories: categories_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES xano_data.categories(id)',
  'users: users_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES xano_data.merchant(id)',
  'products: products_category_id_fkey FOREIGN KEY (category_id) REFERENCES xano_data.categories(id)',
  'products: products_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES xano_data.merchant(id)',
  'orders: orders_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES xano_data.customers(id)',
  'orders: orders_product_id_fkey FOREIGN KEY (product_id) REFERENCES xano_data.products(id)',
  'returns: returns_order_id_fkey FOREIGN KEY (order_id) REFERENCES xano_data.orders(id)',
];

/** The SQL that `xano schema --sql postgres` prints. */
async function printed(desk: Desk, ...argv: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await desk.run(['schema', '--sql', 'postgres', ...argv]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

/** A database in which SQL was run, where strings conform to the standard, or not, as before Postgres 9.1. */
async function databaseOf(sql: string, conforming: 'on' | 'off' = 'on'): Promise<string> {
  const url = await newDatabase();
  const options = encodeURIComponent(`-c standard_conforming_strings=${conforming}`);
  await rows(`${url}?options=${options}`, sql);
  return url;
}

/** The columns of every table: `name type`, `!` where null is refused, and the comment. */
async function columnsIn(url: string): Promise<Record<string, string[]>> {
  const found = await rows(
    url,
    `SELECT relnamespace::regnamespace::text || '.' || relname AS "table",
       attname || ' ' || format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' !' ELSE '' END
         || coalesce(': ' || col_description(pg_class.oid, attnum), '') AS "column"
     FROM pg_class LEFT JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0
     WHERE relkind = 'r' AND relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
     ORDER BY pg_class.oid, attnum`,
  );
  const tables: Record<string, string[]> = {};
  for (const { table, column } of found) {
    tables[table!] ??= [];
    if (column !== null) tables[table!]!.push(column!);
  }
  return tables;
}

/** Every key, reference and check: `table: name definition`. */
async function constraintsIn(url: string): Promise<string[]> {
  const found = await rows(
    url,
    `SELECT relname || ': ' || conname || ' ' || pg_get_constraintdef(pg_constraint.oid) AS text
     FROM pg_constraint JOIN pg_class ON conrelid = pg_class.oid
     WHERE connamespace::regnamespace::text !~ '^(pg_|information_schema)' AND contype <> 'n'
     ORDER BY pg_constraint.oid`,
  );
  return found.map(({ text }) => text!);
}

/** The comments on tables. */
const commentsIn = (url: string): ReturnType<typeof rows> =>
  rows(
    url,
    `SELECT relname AS "table", description AS text FROM pg_description JOIN pg_class ON objoid = pg_class.oid
     WHERE objsubid = 0 AND relkind = 'r' AND relnamespace::regnamespace::text !~ '^pg_' ORDER BY objoid`,
  );

describe('xano schema --sql', () => {
  it('prints the statements for the tables that are named', async () => {
    const desk = await atOffice();
    expect(await printed(desk, 'people', '--dataset', 'my "office"')).toBe(
      `-- Tables for Postgres, from the schema that xano knows.
-- Without defaults, NOT NULL and further indexes.

CREATE SCHEMA IF NOT EXISTS "my ""office""";

CREATE TABLE "my ""office"""."people" (
  "id" bigint,
  "name" text,
  "born" date,
  "boss_id" bigint,
  CONSTRAINT "people_pkey" PRIMARY KEY ("id")
);
COMMENT ON TABLE "my ""office"""."people" IS 'Who works here';
COMMENT ON COLUMN "my ""office"""."people"."name" IS 'As on the door';

-- Xano does not check references. Copy the rows before you run these statements. Each fails if a
-- value names a row that does not exist, such as 0; with NOT VALID at its end it checks new rows only.
ALTER TABLE "my ""office"""."people" ADD FOREIGN KEY ("boss_id") REFERENCES "my ""office"""."people" ("id");
`,
    );
    expect(desk.files()).toEqual([]);
  });

  it('refuses flags that mean nothing', async () => {
    const desk = await atOffice();
    const refused = async (argv: readonly string[], message: string, hint: string): Promise<void> =>
      expectError(await desk.run(['schema', ...argv]), 2, 'USAGE', message, hint);
    await refused(['--dataset', 'x'], '--dataset needs --sql.', 'Add --sql postgres.');
    for (const dataset of ['', 'pg_toast', 'information_schema'])
      await refused(
        ['--sql', 'postgres', '--dataset', dataset],
        `"${dataset}" is reserved; Postgres cannot have tables in it.`,
        'Give another name with --dataset.',
      );
    await refused(
      ['--sql', 'mysql'],
      "Option '--sql <dialect>' argument 'mysql' is invalid. Allowed choices are postgres.",
      'See `xano schema --help`.',
    );
    await refused(
      ['--sql', 'postgres', '--to', 'x.duckdb', '--dataset', 'x'],
      "Option '--dataset <schema>' cannot be used with option '--to <destination>'.",
      'Remove one of them.',
    );
    for (const other of ['--json', '--mermaid'])
      await refused(
        ['--sql', 'postgres', other],
        `Option '--sql <dialect>' cannot be used with option '${other}'.`,
        'Remove one of them.',
      );
  });
});

describePostgres('the SQL of xano schema, in Postgres', () => {
  it('makes the demo shop', async () => {
    const desk = await openDesk();
    const sql = await printed(desk, ...SHOP);
    expect(await printed(desk, ...SHOP)).toBe(sql);
    const url = await databaseOf(sql);
    expect(await columnsIn(url)).toEqual(SHOP_COLUMNS);
    expect(await constraintsIn(url)).toEqual(SHOP_CONSTRAINTS);
    expect(await commentsIn(url)).toEqual([
      { table: 'products', text: 'Everything that is or was for sale' },
      { table: 'every_type', text: 'One column of each type' },
    ]);
  });

  it('makes any name and text as it is, whatever the server takes strings for', async () => {
    const desk = await atOffice({ tables: oddTables() });
    const sql = await printed(desk, '--dataset', 'public');
    for (const conforming of ['on', 'off'] as const) {
      const url = await databaseOf(sql, conforming);
      expect(await columnsIn(url)).toEqual(ODD_COLUMNS);
      expect(await constraintsIn(url)).toEqual(ODD_CONSTRAINTS);
      expect(await commentsIn(url)).toEqual([
        { table: 'say "hi" 🚀', text: "It's\r\n-- two lines;\t\\n \u202e" },
        { table: CUT_TABLES[1], text: 'The second' },
      ]);
      const kinds = `INSERT INTO "say ""hi"" 🚀" (id, kind) VALUES`;
      await rows(url, `${kinds} (1, 'dog''s'), (2, ''), (3, NULL), (4, E'a\\\\b')`);
      await expect(rows(url, `${kinds} (5, 'cat''s')`)).rejects.toMatchObject({ code: '23514' });
      await rows(url, `INSERT INTO "Twin" (id, total_2) VALUES (1, 4)`);
      await expect(rows(url, `INSERT INTO "Twin" (id, total_2) VALUES (2, 9)`)).rejects.toMatchObject({
        code: '23503',
      });
    }
  });

  it('makes the tables of a loaded file, those of its lists among them', async () => {
    const desk = await openDesk();
    const to = desk.path('shop.duckdb');
    await desk.run(['load', 'orders', 'merchant', ...SHOP, '--to', to, '--flatten', '--dataset', 'my shop']);
    const url = await databaseOf(await printed(desk, '--to', to));
    const row = '_dlt_id text';
    expect(await columnsIn(url)).toEqual({
      '"my shop".merchant': [
        ...SHOP_COLUMNS['xano_data.merchant']!,
        'settings__currency text',
        'settings__vat boolean',
        row,
      ],
      '"my shop".orders': [...SHOP_COLUMNS['xano_data.orders']!, row],
      '"my shop".orders__discounts': [
        'value double precision',
        '_dlt_parent_id text',
        '_dlt_list_idx bigint',
        `${row} !`,
      ],
    });
    expect(await constraintsIn(url)).toEqual([
      'merchant: merchant_pkey PRIMARY KEY (id)',
      'orders: orders_pkey PRIMARY KEY (id)',
      'orders__discounts: orders__discounts_pkey PRIMARY KEY (_dlt_id)',
    ]);
  });
});
