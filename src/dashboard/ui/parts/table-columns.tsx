/** The columns of a table. */
import { schema } from '../state.js';
import { Empty } from './failure.js';
import { Scroll } from './scroll.js';

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
                <td>{table.primary_key.includes(column.name) ? 'primary key' : ''}</td>
                <td>{column.description}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}
