/**
 * Ten questions about the demo's shop. A scripted client answers each with at most three calls. It knows what
 * descriptions of tools say, and takes every name of a table or column from an answer.
 */
import { expect, it } from 'vitest';
import { type Answer, startAssistant } from './assistant.js';

interface Known {
  /** The table whose name, and the columns whose names, have these words. */
  readonly table: (word: string) => string;
  readonly column: (table: string, word: string) => string;
}

interface Question {
  readonly asks: string;
  /** The tool, by words of its description; by default that for SQL, after that for tables. */
  readonly tool?: RegExp;
  readonly sql?: (known: Known) => string;
  readonly answer: unknown;
}

const QUESTIONS: readonly Question[] = [
  {
    asks: 'How many orders are there?',
    sql: ({ table }) => `SELECT count(*) FROM ${table('orders')}`,
    answer: [[5000]],
  },
  {
    asks: 'Which status do most orders have?',
    sql: ({ table, column }) =>
      `SELECT ${column('orders', 'status')}, count(*) FROM ${table('orders')} GROUP BY 1 ORDER BY 2 DESC LIMIT 1`,
    answer: [['paid', 1038]],
  },
  {
    asks: 'What did customers order for in total?',
    sql: ({ table, column }) => `SELECT round(sum(${column('orders', 'total')}), 2) FROM ${table('orders')}`,
    answer: [[3777152.59]],
  },
  {
    asks: 'Which category has the most products?',
    sql: ({ table, column }) =>
      `SELECT c.${column('categories', 'name')}, count(*) FROM ${table('products')} p JOIN ${table('categories')} c
       ON c.id = p.${column('products', 'category')} GROUP BY 1 ORDER BY 2 DESC LIMIT 1`,
    answer: [['Garden', 186]],
  },
  {
    asks: 'Who is the best customer?',
    sql: ({ table, column }) =>
      `SELECT c.${column('customers', 'name')}, round(sum(o.${column('orders', 'total')}), 2) FROM ${table('orders')} o
       JOIN ${table('customers')} c ON c.id = o.${column('orders', 'customer')} GROUP BY c.id, 1 ORDER BY 2 DESC LIMIT 1`,
    answer: [['Ines Östberg', 12599.37]],
  },
  {
    asks: 'How many customers get the newsletter?',
    sql: ({ table, column }) =>
      `SELECT count(*) FROM ${table('customers')} WHERE ${column('customers', 'newsletter')}`,
    answer: [[429]],
  },
  {
    asks: 'In which city do most customers live?',
    sql: ({ table, column }) =>
      `SELECT ${column('customers', 'address')}->>'city' AS city, count(*) FROM ${table('customers')} GROUP BY 1 ORDER BY 2 DESC LIMIT 1`,
    answer: [["L'Aquila", 98]],
  },
  {
    asks: 'Which tag is on most products?',
    sql: ({ table, column }) =>
      `SELECT tag, count(*) FROM (SELECT unnest(${column('products', 'tags')}) AS tag FROM ${table('products')}) GROUP BY 1 ORDER BY 2 DESC LIMIT 1`,
    answer: [['gift', 272]],
  },
  { asks: 'Can I rely on these numbers?', tool: /proved to be complete, and what failed/, answer: 'ok' },
  { asks: 'Did the last load work?', tool: /^List past loads/, answer: 'loaded' },
];

interface Shop {
  readonly tables: readonly {
    readonly table: string;
    readonly sql: string;
    readonly columns: readonly { readonly column: string }[];
  }[];
}

/** What an answer about tables says. */
function knownFrom({ answer }: Answer): Known {
  const { tables } = answer as Shop;
  const find = (word: string) => tables.find(({ table }) => table.includes(word))!;
  return {
    table: (word) => find(word).sql,
    column: (table, word) => find(table).columns.find(({ column }) => column.includes(word))!.column,
  };
}

it('ten questions about the shop take at most three calls each, from the descriptions of tools alone', async () => {
  const { client, call } = await startAssistant({ tables: 'shop' });
  const { tools } = await client.listTools();
  const toolFor = (words: RegExp): string => {
    const fitting = tools.filter(({ description = '' }) => words.test(description));
    expect([words.source, fitting.length]).toEqual([words.source, 1]);
    return fitting[0]!.name;
  };
  for (const { asks, tool, sql, answer } of QUESTIONS) {
    let calls = 0;
    const ask = (name: string, input: Record<string, unknown>): Promise<Answer> => {
      calls++;
      return call(name, input);
    };
    let found: unknown;
    if (sql === undefined) {
      const said = (await ask(toolFor(tool!), {})).answer as {
        verdict?: string;
        loads?: { status: string }[];
      };
      found = said.verdict ?? said.loads?.[0]?.status;
    } else {
      const known = knownFrom(await ask(toolFor(/before writing SQL/), {}));
      const said = await ask(toolFor(/one SELECT statement/), { sql: sql(known) });
      found = (said.answer as { rows: unknown }).rows;
      expect(said.answer).toMatchObject({ truncated: false });
    }
    expect([asks, found]).toEqual([asks, answer]);
    expect(calls).toBeLessThanOrEqual(3);
  }
});

it('a profile tells what the values are like, and keeps them in fields of data', async () => {
  const { call } = await startAssistant({ tables: 'shop' });
  const { answer } = await call('xano_schema', { tables: ['orders', 'customers'], detail: 'profile' });
  const { tables } = answer as {
    tables: { table: string; profiled_rows: number; columns: { column: string; profile: unknown }[] }[];
  };
  const profileOf = (table: string, name: string): unknown =>
    tables.find((one) => one.table === table)!.columns.find(({ column }) => column === name)!.profile;
  expect(tables.map(({ table, profiled_rows }) => [table, profiled_rows])).toEqual([
    ['customers', 800],
    ['orders', 5000],
  ]);
  expect(profileOf('orders', 'status')).toEqual({
    nulls: 0,
    distinct: 5,
    values: ['paid', 'cancelled', 'shipped', 'pending', 'delivered'],
  });
  expect(profileOf('orders', 'quantity')).toEqual({ nulls: 0, distinct: 5, min: 1, max: 5 });
  expect(profileOf('customers', 'newsletter')).toEqual({ nulls: 0, distinct: 2, values: [true, false] });
  expect(profileOf('customers', 'address')).toEqual({ nulls: expect.any(Number) });
  expect(profileOf('customers', 'birthday')).toMatchObject({
    min: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
  });
  expect((await call('xano_schema', { detail: 'profile' })).answer).toEqual({
    error: {
      code: 'USAGE',
      message: 'A profile of 9 tables would take too long.',
      hint: 'Name at most 3 tables.',
    },
  });
});
