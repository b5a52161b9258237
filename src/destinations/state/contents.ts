/**
 * The contents of a target by its state: resources, their columns, and the tables of their lists.
 * This room reads and writes that state.
 * In: the tables of `_xano`, parsed strictly, since a file is outside data.
 * Out: contents, the owner of a table's name, and SQL that keeps the state.
 */

import type { XanoError } from '../../errors.js';
import type { JsonObject } from '../../json.js';
import type { Column } from '../../table/column.js';
import type { Shape } from '../../table/shape.js';
import type { Watermark } from '../../table/watermark.js';
import type { Remembered } from '../destination.js';

/** A column in the state: one that was removed at the source stays, with NULL from then on. */
export interface StoredColumn extends Column {
  readonly removed?: true;
}

/** A column that flattening made, in the state. */
export interface StoredMadeColumn {
  readonly name: string;
  readonly type: string;
}

/** The results of flattening a table's rows, in the state. */
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
  /** By column: the shape of its values, so that a child table stays when its last row is deleted. */
  readonly shapes: Readonly<Record<string, Shape>>;
}

/** A resource in the state. */
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
  /** The id of the published staging. */
  readonly staging_id: string | null;
  /** The tables of its rows' lists; null where the load did not flatten them. */
  readonly flattened: StoredFlattened | null;
  /** What its source says of the table. */
  readonly description: string | null;
  /**
   * Set where no load has written such a state: none of it is used, and code that needs the resource throws
   * this.
   */
  readonly refused?: XanoError;
}

/** The contents of a target, as far as a load needs them. */
export interface Contents {
  readonly known: readonly StoredResource[];
  /** Every table and view, of any program. */
  readonly tables: readonly { readonly schema: string; readonly name: string; readonly is_view?: boolean }[];
  /** The state's tables exist, in this version's form. */
  readonly has_state: boolean;
}

/** The contents of a target that does not exist yet. */
export const NOTHING: Contents = { known: [], tables: [], has_state: false };

/** The contents after a resource has its table, and has taken over the state of others. */
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

/** The resources that a target holds, with the fields that a load needs. */
export const rememberedOf = ({ known }: Contents): Remembered[] =>
  known.map(({ identity, resource, schema, name, origin, rows, loaded_at }) => ({
    identity,
    resource,
    target: `${schema}.${name}`,
    origin,
    rows,
    loaded_at,
  }));
