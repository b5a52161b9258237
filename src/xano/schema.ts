/** Turns a workspace into the schema of its tables: Xano's names, and the names in the file. Pure. */

import { sqlType, storedNames } from '../table/column.js';
import type { SchemaColumn, SchemaTable } from '../table/schema.js';
import type { Field, Table, Workspace } from './catalog.js';
import { columnFor, isExcluded } from './columns.js';
import { distinctName, primaryKey } from './endpoints.js';

/** The schema of every table of a workspace, in its order. */
export function workspaceSchema({ tables }: Workspace): SchemaTable[] {
  return tables.map((table) => ({
    id: table.id,
    name: table.name,
    schema: null,
    table: distinctName(tables, table) ?? table.name,
    description: table.description,
    primary_key: [primaryKey(table)],
    columns: table.columns === null ? null : columnsOf(table.columns, tables),
  }));
}

function columnsOf(fields: readonly Field[], tables: readonly Table[]): SchemaColumn[] {
  const loaded = fields.filter((field) => !isExcluded(field));
  const stored = storedNames(loaded);
  return fields.map((field) => {
    const at = loaded.indexOf(field);
    const { name, nullable, description, tableref_id } = field;
    return {
      name,
      column: at < 0 ? null : stored[at]!,
      xano_type: `${field.type}${field.style === 'list' ? '[]' : ''}`,
      type: at < 0 ? null : sqlType(columnFor(field)),
      nullable,
      description,
      values: (field.type === 'enum' && field.values) || null,
      references:
        tableref_id === undefined
          ? null
          : { table_id: tableref_id, name: tables.find(({ id }) => id === tableref_id)?.name ?? null },
    };
  });
}
