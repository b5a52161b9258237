import { expect, it } from 'vitest';
import { type SchemaTable, toEvidence } from '../../src/index.js';

const table = (schema: string, name: string, description = ''): SchemaTable => ({
  id: null,
  name,
  schema,
  table: `${schema}.${name}`,
  description,
  primary_key: [],
  columns: [],
});

it('an Evidence project has a connection, and a query and a page for each table', () => {
  const hostile = 'Has {process.env.TOKEN}, <script>alert(1)</script> and\n`code`.';
  const files = toEvidence(
    [
      { table: table('xano_data', 'Orders', hostile), sql: 'SELECT 1' },
      { table: table('xano_data', 'orders'), sql: 'SELECT 2' },
      { table: table('shop', '🚀'), sql: 'SELECT 3' },
    ],
    { type: 'duckdb', options: { filename: '../../../shop.duckdb' } },
  );
  expect(files.map(({ file }) => file)).toEqual([
    'sources/xano/connection.yaml',
    'sources/xano/orders.sql',
    'pages/tables/orders.md',
    'sources/xano/orders_2.sql',
    'pages/tables/orders_2.md',
    'sources/xano/shop___.sql',
    'pages/tables/shop___.md',
  ]);
  expect(files.slice(0, 3).map(({ text }) => text)).toEqual([
    'name: xano\ntype: duckdb\noptions:\n  filename: "../../../shop.duckdb"\n',
    'SELECT 1\n',
    `---
title: "xano_data.Orders"
---

Has &#123;process.env.TOKEN&#125;, &#60;script&#62;alert&#40;1&#41;&#60;&#47;script&#62; and &#96;code&#96;.

\`\`\`sql counted
select count(*) as all_rows from xano.orders
\`\`\`

<Value data={counted} column=all_rows /> rows

\`\`\`sql first_rows
select * from xano.orders limit 1000
\`\`\`

<DataTable data={first_rows} search=true />
`,
  ]);
});
