/** The columns of a table. */

import type { SchemaColumn } from '../../../index.js';
import { hrefOf } from '../address.js';
import { Empty } from '../parts/failure.js';
import { Scroll } from '../parts/scroll.js';
import { schema } from '../state.js';

/** Names, types, descriptions and keys of a table's columns. */
export function TableColumns({ name }: { readonly name: string }) {
  const table = schema.value?.tables.find((one) => one.table === name);
  if (table === undefined) return <Empty title="The columns are not known." hint="Load the table again." />;
  const columns = table.columns ?? [];
  return (
    <>
      {table.description === '' ? null : <p>{table.description}</p>}
      <Scroll label={`Columns of ${name}`}>
        <table>
          <thead>
            <tr>
              <th scope="col">Column</th>
              <th scope="col">Type</th>
              <th scope="col">Key</th>
              <th scope="col">Description</th>
            </tr>
          </thead>
          <tbody>
            {columns.map((column) => (
              <tr key={column.name}>
                <th scope="row">{column.column}</th>
                <td>
                  <code>{column.type}</code>
                </td>
                <td>
                  {table.primary_key.includes(column.name) ? 'primary key ' : ''}
                  <Reference column={column} />
                </td>
                <td class="words">{column.description}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}

/** The table whose rows a column names. */
function Reference({ column: { references } }: { readonly column: SchemaColumn }) {
  if (references === null) return null;
  const { table, name, table_id } = references;
  if (table === undefined) return <>→ {name ?? `table ${table_id}`}, not loaded</>;
  return (
    <>
      → <a href={hrefOf('tables', table)}>{table}</a>
    </>
  );
}
