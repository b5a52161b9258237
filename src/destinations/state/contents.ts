/**
 * What a target holds, as its state says: resources, their columns, and the tables of their lists.
 * The room reads and writes that state. In: the tables of `_xano`, parsed strictly, since a file is outside
 * data. Out: contents, the owner of a table's name, and SQL that keeps the state.
 */

import type { XanoError } from '../../errors.js';
import type { JsonObject } from '../../json.js';
import type { Column } from '../../table/column.js';
import type { Shape } from '../../table/shape.js';
import type { Watermark } from '../../table/watermark.js';

/** A column as the state keeps it: one that is gone at the source stays, with NULL from then on. */
export interface StoredColumn extends Column {
  readonly removed?: true;
}

/** A column that flattening made, as the state keeps it. */
export interface StoredMadeColumn {
  readonly name: string;
  readonly type: string;
}

/** What flattening made of a table's rows, as the state keeps it. */
export interface StoredFlattened {
  readonly row_id: string;
  /** Columns of the table itself. */
  readonly added: readonly StoredMadeColumn[];
  readonly tables: readonly {
    readonly schema: string;
    readonly name: string;
    readonly path: string;
    readonly rows: number;
    readonly columns: readonly StoredMadeColumn[];
  }[];
  /** By column: what its values look like, so that a table stays when its last row is gone. */
  readonly shapes: Readonly<Record<string, Shape>>;
}

/** A resource as the state has it. */
export interface StoredResource {
  readonly identity: string;
  readonly resource: string;
  readonly schema: string;
  readonly name: string;
  readonly origin: JsonObject | null;
  readonly columns: readonly StoredColumn[];
  readonly rows: number;
  readonly watermark: Watermark | null;
  readonly loaded_at: string;
  /** The staging that was published. */
  readonly staging_id: string | null;
  /** The tables of its rows' lists; null where the load did not flatten them. */
  readonly flattened: StoredFlattened | null;
  /**
   * Set where its state is not what a load writes: nothing of it is used, and code that needs the resource
   * throws this.
   */
  readonly refused?: XanoError;
}

/** What a file holds, as far as it matters to a load. */
export interface Contents {
  readonly known: readonly StoredResource[];
  /** Every table and view, whoever made it. */
  readonly tables: readonly { readonly schema: string; readonly name: string; readonly is_view?: boolean }[];
  /** The state's tables are known to be there, as this version has them. */
  readonly has_state: boolean;
}

/** What a file holds that does not exist yet. */
export const NOTHING: Contents = { known: [], tables: [], has_state: false };

/** What a file holds once a resource has its table there, and has taken over the state of others. */
export function withResource(
  { known, tables, has_state }: Contents,
  replaced: readonly string[],
  resource: StoredResource,
): Contents {
  const { identity, schema, name } = resource;
  const others = known.filter(
    (resource) => resource.identity !== identity && !replaced.includes(resource.identity),
  );
  const isThere = tables.some((table) => table.schema === schema && table.name === name);
  return {
    known: [...others, resource],
    tables: isThere ? tables : [...tables, { schema, name }],
    has_state,
  };
}
