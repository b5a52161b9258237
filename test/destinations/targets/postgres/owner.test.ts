/** What people build on a loaded table stays theirs: loads change rows and columns, and nothing else. */
import { expect, it } from 'vitest';
import { rejectionOf } from '../../../rest/decode/reading.js';
import { describePostgres, rows } from '../../../servers/postgres.js';
import { publish, using } from '../../conformance/place.js';
import { column, plan } from '../../writing.js';
import { type DatabasePlace, postgresPlace } from './place.js';

/** Five columns, with descriptions of the source. */
const COLUMNS = [
  column('id', 'BIGINT'),
  column('name', 'VARCHAR', { description: 'what it is called' }),
  column('price', 'DOUBLE'),
  column('email', 'VARCHAR'),
];

const shop = (load: number, columns = COLUMNS) =>
  plan({ load_id: `load-${load}`, fingerprint: `f${load}`, target: { columns, description: 'all shops' } });

/** Five rows: the third changes with every load. */
const shops = (load: number, more: object = {}) =>
  [1, 2, 3, 4, 5].map((id) => ({
    id,
    name: id === 3 ? `name ${load}` : `shop ${id}`,
    price: id / 2,
    email: `${id}@x.test`,
    ...more,
  }));

const BUILT = `
  CREATE ROLE owner_reader_NAME; CREATE SCHEMA reports;
  CREATE VIEW reports.shops AS SELECT id, upper(name) AS name FROM xano_data.shop;
  CREATE MATERIALIZED VIEW reports.count AS SELECT count(*) AS n FROM xano_data.shop;
  GRANT SELECT, REFERENCES (id) ON xano_data.shop TO owner_reader_NAME;
  GRANT USAGE ON SCHEMA xano_data TO owner_reader_NAME;
  CREATE INDEX shop_name ON xano_data.shop (lower(name));
  CREATE UNIQUE INDEX shop_email ON xano_data.shop (email) WHERE price > 0;
  ALTER TABLE xano_data.shop ENABLE ROW LEVEL SECURITY;
  CREATE POLICY cheap ON xano_data.shop FOR SELECT TO owner_reader_NAME USING (price < 2);
  CREATE TABLE reports.log (id bigint, what text);
  CREATE FUNCTION reports.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO reports.log VALUES (coalesce(NEW.id, OLD.id), TG_OP); RETURN coalesce(NEW, OLD); END $$;
  CREATE TRIGGER noted BEFORE INSERT OR UPDATE OR DELETE ON xano_data.shop FOR EACH ROW EXECUTE FUNCTION reports.note();
  COMMENT ON TABLE xano_data.shop IS 'mine, the table';
  COMMENT ON COLUMN xano_data.shop.name IS 'mine, the column';
  CREATE TABLE reports.visits (shop bigint REFERENCES xano_data.shop ON DELETE CASCADE, at date);
  INSERT INTO reports.visits VALUES (1, '2024-01-01'), (3, '2024-01-02'), (3, '2024-01-03');
  ALTER TABLE xano_data.shop ADD COLUMN note text DEFAULT 'none', ADD COLUMN cents bigint GENERATED ALWAYS AS (id * 100) STORED, ADD CHECK (price >= 0);
  UPDATE xano_data.shop SET note = 'my favourite' WHERE id = 3; TRUNCATE reports.log;
  ALTER TABLE xano_data.shop SET (fillfactor = 70), ALTER COLUMN name SET STATISTICS 500, CLUSTER ON shop_name;
  CREATE PUBLICATION pub FOR TABLE xano_data.shop; CREATE STATISTICS xano_data.stat ON id, price FROM xano_data.shop;
`;

/** Catalog rows of everything that was built, without what a load may change: sizes and statistics. */
const CATALOG: Readonly<Record<string, string>> = {
  tables:
    "SELECT to_jsonb(c) - '{relpages,reltuples,relallvisible,relallfrozen,relfrozenxid,relminmxid,relnatts,relhastriggers}'::text[] AS c FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname IN ('xano_data', 'reports') ORDER BY c.oid",
  columns:
    "SELECT to_jsonb(a) AS c FROM pg_attribute a WHERE attrelid = 'xano_data.shop'::regclass AND attname <> 'later' ORDER BY attnum",
  defaults:
    "SELECT to_jsonb(d) AS c FROM pg_attrdef d WHERE adrelid = 'xano_data.shop'::regclass ORDER BY oid",
  indexes:
    "SELECT to_jsonb(i) AS c FROM pg_index i WHERE indrelid = 'xano_data.shop'::regclass ORDER BY indexrelid",
  constraints:
    "SELECT to_jsonb(c) AS c FROM pg_constraint c WHERE 'xano_data.shop'::regclass IN (conrelid, confrelid) ORDER BY oid",
  policies: 'SELECT to_jsonb(p) AS c FROM pg_policy p ORDER BY oid',
  triggers: 'SELECT to_jsonb(t) AS c FROM pg_trigger t ORDER BY oid',
  rules: 'SELECT to_jsonb(r) AS c FROM pg_rewrite r WHERE oid > 16384 ORDER BY oid',
  comments:
    "SELECT to_jsonb(d) AS c FROM pg_description d WHERE objoid = 'xano_data.shop'::regclass AND description <> 'what came later' ORDER BY objsubid",
  publications: 'SELECT to_jsonb(p) AS c FROM pg_publication_rel p',
  statistics: 'SELECT to_jsonb(s) AS c FROM pg_statistic_ext s',
};

async function catalog(place: DatabasePlace): Promise<Record<string, unknown>> {
  const found = await Promise.all(
    Object.entries(CATALOG).map(async ([name, sql]) => [name, await rows(place.to, sql)] as const),
  );
  return Object.fromEntries(found);
}

/** Shops, one of them with other values. */
const withOne = (row: { readonly id: number; readonly [name: string]: unknown }) => [
  ...shops(2).filter(({ id }) => id !== row.id),
  { ...shops(2)[0], email: `${row.id}@x.test`, ...row },
];
/** Two shops exchange their addresses. */
const swapped = () => shops(2).map((row) => (row.id < 3 ? { ...row, email: `${3 - row.id}@x.test` } : row));

/** What an owner adds, how it goes again, and rows that it refuses. */
const DEMANDS: readonly (readonly [string, string, readonly object[]])[] = [
  ['ADD CONSTRAINT positive CHECK (price >= 0)', 'DROP CONSTRAINT positive', withOne({ id: 2, price: -1 })],
  [
    'ADD CONSTRAINT one_mail UNIQUE (email)',
    'DROP CONSTRAINT one_mail',
    withOne({ id: 2, email: '1@x.test' }),
  ],
  ['ADD CONSTRAINT one_mail UNIQUE (email)', 'DROP CONSTRAINT one_mail', swapped()],
  ['ALTER email SET NOT NULL', 'ALTER email DROP NOT NULL', withOne({ id: 2, email: null })],
  [
    "ADD region text NOT NULL DEFAULT 'eu'; ALTER TABLE xano_data.shop ALTER region DROP DEFAULT",
    'DROP region',
    withOne({ id: 9 }),
  ],
  [
    'ADD CONSTRAINT known FOREIGN KEY (price) REFERENCES public.prices',
    'DROP CONSTRAINT known',
    withOne({ id: 2, price: 7 }),
  ],
  [
    'CREATE TRIGGER t BEFORE UPDATE ON xano_data.shop EXECUTE FUNCTION public.refuse()',
    'DROP TRIGGER t ON xano_data.shop',
    shops(2),
  ],
  [
    'CREATE TRIGGER t AFTER UPDATE ON xano_data.shop EXECUTE FUNCTION public.unqualified()',
    'DROP TRIGGER t ON xano_data.shop',
    shops(2),
  ],
  ['ADD x text', 'DELETE FROM public.sales', shops(2).slice(0, 4)],
];

/** How messages call a place. */
function labelOf({ to }: DatabasePlace): string {
  const url = new URL(to);
  url.password = '';
  return url.href;
}

describePostgres('a table that people have built on', () => {
  it('keeps all of it through five replaces, a new column among them', async () => {
    const place = await postgresPlace();
    const role = new URL(place.to).pathname.slice(1);
    await using(place, (destination) => publish(destination, shop(1), shops(1)));
    await rows(place.to, BUILT.replaceAll('NAME', role));
    const before = await catalog(place);
    expect(Object.values(before).filter((found) => (found as unknown[]).length === 0)).toEqual([]);
    const wider = [...COLUMNS, column('later', 'VARCHAR', { description: 'what came later' })];
    for (let load = 2; load <= 6; load++)
      await using(place, (destination) =>
        load < 4
          ? publish(destination, shop(load), shops(load))
          : publish(destination, shop(load, wider), shops(load, { later: 'x' })),
      );
    expect(await catalog(place)).toEqual(before);
    const one = (id: string, name: string, price: string, note: string, load: string) => ({
      ...{
        id,
        name,
        price,
        email: `${id}@x.test`,
        _xano_load_id: `load-${load}`,
        note,
        cents: `${id}00`,
        later: 'x',
      },
    });
    expect(await rows(place.to, 'SELECT * FROM xano_data.shop ORDER BY id')).toEqual([
      one('1', 'shop 1', '0.5', 'none', '4'),
      one('2', 'shop 2', '1', 'none', '4'),
      one('3', 'name 6', '1.5', 'my favourite', '6'),
      one('4', 'shop 4', '2', 'none', '4'),
      one('5', 'shop 5', '2.5', 'none', '4'),
    ]);
    expect(
      await rows(place.to, 'SELECT id, what, count(*) AS n FROM reports.log GROUP BY 1, 2 ORDER BY 1'),
    ).toEqual([
      { id: '1', what: 'UPDATE', n: '1' },
      { id: '2', what: 'UPDATE', n: '1' },
      { id: '3', what: 'UPDATE', n: '5' },
      { id: '4', what: 'UPDATE', n: '1' },
      { id: '5', what: 'UPDATE', n: '1' },
    ]);
    expect(
      await rows(place.to, `SET ROLE owner_reader_${role}; SELECT id, name FROM xano_data.shop ORDER BY id`),
    ).toEqual([
      { id: '1', name: 'shop 1' },
      { id: '2', name: 'shop 2' },
      { id: '3', name: 'name 6' },
    ]);
    expect(await rows(place.to, 'SELECT count(*) AS visits FROM reports.visits')).toEqual([{ visits: '3' }]);
    expect(
      await rows(
        place.to,
        "SELECT col_description('xano_data.shop'::regclass, attnum) AS c FROM pg_attribute WHERE attrelid = 'xano_data.shop'::regclass AND attname = 'later'",
      ),
    ).toEqual([{ c: 'what came later' }]);
    await rows(place.to, `DROP OWNED BY owner_reader_${role}; DROP ROLE owner_reader_${role}`);
  });

  it('loses a description that its source has removed, and no comment of its owner', async () => {
    const place = await postgresPlace();
    const described = (load: number, own: string, table?: string, text?: string) => {
      const columns = [column('id', 'BIGINT'), column('name', 'VARCHAR', { description: text })];
      const target = { name: own, columns, description: table };
      return plan({ load_id: `load-${load}`, identity: `host/${own}`, resource: own, target });
    };
    const comments = async (own: string) => {
      const found = await place.table('xano_data', own);
      return [found?.comment, found?.columns[1]?.comment];
    };
    const load = (...of: Parameters<typeof described>) =>
      using(place, (destination) => publish(destination, described(...of), [{ id: 1, name: 'a' }]));
    await load(1, 'plain', 'a table', "a \\ 'text'");
    expect(await comments('plain')).toEqual(['a table', "a \\ 'text'"]);
    await load(2, 'plain', 'another \0 table', 'another text');
    expect(await comments('plain')).toEqual(['another ␀ table', 'another text']);
    await load(3, 'plain');
    expect(await comments('plain')).toEqual([null, null]);
    await load(4, 'plain', 'again', 'again');
    await rows(
      place.to,
      "COMMENT ON TABLE xano_data.plain IS 'mine'; COMMENT ON COLUMN xano_data.plain.name IS 'mine as well'",
    );
    await load(5, 'plain');
    expect(await comments('plain')).toEqual(['mine', 'mine as well']);
    await load(6, 'plain', 'described', 'described');
    expect(await comments('plain')).toEqual(['mine', 'mine as well']);
  });

  it('keeps its rows where a view forbids another type of a column', async () => {
    const place = await postgresPlace();
    await using(place, (destination) => publish(destination, shop(1), shops(1)));
    await rows(place.to, 'CREATE VIEW public.cheap AS SELECT id, price + 1 AS more FROM xano_data.shop');
    const before = await place.table('xano_data', 'shop');
    const state = await place.table('_xano', 'resources');
    const retyped = COLUMNS.map((one) => (one.name === 'price' ? column('price', 'VARCHAR') : one));
    const failure = await using(place, (destination) =>
      rejectionOf(publish(destination, shop(2, retyped), [{ id: 1, name: 'new', price: 'a lot' }])),
    );
    expect([failure.code, failure.message, failure.hint]).toEqual([
      'DATABASE_FAILED',
      `Postgres cannot change a column of ${labelOf(place)}: cannot alter type of a column used by a view or rule (rule _RETURN on view public.cheap depends on column "price")`,
      'Drop the view or rule that is named, load again, and create it again.',
    ]);
    expect(await place.table('xano_data', 'shop')).toEqual(before);
    expect(await place.table('_xano', 'resources')).toEqual(state);
    expect(
      await rows(
        place.to,
        "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace('_xano_staging')",
      ),
    ).toEqual([]);
    await rows(place.to, 'DROP VIEW public.cheap');
    await using(place, (destination) =>
      publish(destination, shop(3, retyped), [{ id: 1, name: 'new', price: 'a lot' }]),
    );
    expect((await place.table('xano_data', 'shop'))?.rows).toEqual([['1', 'new', 'a lot', null, 'load-3']]);
  });

  it('keeps its rows where something that its owner demands refuses one, and says what', async () => {
    const place = await postgresPlace();
    await using(place, (destination) => publish(destination, shop(1), shops(1)));
    await rows(
      place.to,
      `CREATE TABLE public.prices (p double precision PRIMARY KEY); INSERT INTO public.prices SELECT i / 2.0 FROM generate_series(0, 9) i;
       CREATE TABLE public.sales (shop bigint REFERENCES xano_data.shop); INSERT INTO public.sales VALUES (5);
       CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no shops on Sundays'; END $$;
       CREATE FUNCTION public.unqualified() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO sales VALUES (1); RETURN NEW; END $$`,
    );
    const read = async () => [
      await rows(
        place.to,
        'SELECT id, name, price, email, _xano_load_id, xmin FROM xano_data.shop ORDER BY id',
      ),
      await place.table('_xano', 'resources'),
    ];
    const before = await read();
    const label = labelOf(place);
    const sentence = (what: string) => `${label} refuses the rows of this load: ${what}. The old rows stay.`;
    const said: unknown[] = [];
    await using(place, async (destination) => {
      for (const [i, [add, drop, rowsOfLoad]] of DEMANDS.entries()) {
        await rows(place.to, `ALTER TABLE xano_data.shop ${add}`.replace(/.*(?=CREATE)/, ''));
        const failure = await rejectionOf(publish(destination, shop(2 + i), rowsOfLoad));
        said.push(failure.message);
        expect(failure.code).toBe('DATABASE_FAILED');
        expect(await read()).toEqual(before);
        await rows(place.to, `ALTER TABLE xano_data.shop ${drop}`.replace(/.*(?=DROP TRIGGER|DELETE)/, ''));
      }
      await publish(destination, shop(99), swapped());
    });
    const repeated =
      'duplicate key value violates unique constraint "one_mail" (Key (email)=(1@x.test) already exists)';
    expect(said).toEqual([
      sentence('new row for relation "shop" violates check constraint "positive"'),
      sentence(repeated),
      sentence(repeated.replace('1@', '2@')),
      sentence('null value in column "email" of relation "shop" violates not-null constraint'),
      sentence('null value in column "region" of relation "shop" violates not-null constraint'),
      sentence(
        'insert or update on table "shop" violates foreign key constraint "known" (Key (price)=(7) is not present in table "prices")',
      ),
      `The function public.refuse() of ${label} failed: no shops on Sundays. The old rows stay.`,
      `The function public.unqualified() of ${label} failed: relation "sales" does not exist. The old rows stay.`,
      sentence(
        'update or delete on table "shop" violates foreign key constraint "sales_shop_fkey" on table "sales" (Key (id)=(5) is still referenced from table "sales")',
      ),
    ]);
  });
});
