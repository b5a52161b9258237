/** A place that the conformance suites load into, and what they do with it. */
import type { Capabilities } from '../../../src/destinations/capabilities.js';
import type { Destination, TargetPlan } from '../../../src/destinations/destination.js';
import { LOAD_ID_COLUMN } from '../../../src/table/column.js';
import type { SchemaTable } from '../../../src/table/schema.js';
import { publication, records } from '../writing.js';

/** A table as anybody finds it who opens the place. */
export interface FoundTable {
  readonly comment: string | null;
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly comment: string | null;
  }[];
  /** In the order they are stored, each value as text. */
  readonly rows: readonly (readonly (string | null)[])[];
}

/** A place of the test's own, empty at first. */
export interface Place {
  readonly open: () => Promise<Destination>;
  /** Reads a table without the destination's help; undefined when it is not there. */
  readonly table: (schema: string, name: string) => Promise<FoundTable | undefined>;
  /** Reads its tables and columns, as `xano schema --to` shows them. */
  readonly tables: () => Promise<readonly SchemaTable[]>;
  /** Makes a table that no load made, with one row that holds 'mine'. */
  readonly makeForeign: (schema: string, name: string) => Promise<void>;
}

/** Stages pages and publishes them. */
export async function publish(
  destination: Destination,
  of: TargetPlan,
  ...pages: (readonly (object | string)[])[]
) {
  const writer = await destination.openTarget(of);
  for (const [i, page] of pages.entries())
    await writer.write(records(page, [], of.target.columns), { page: i + 1 });
  await writer.staged();
  return writer.commit(publication(of.load_id));
}

/** Runs work with the destination opened, and closes it in any case. */
export async function using<T>(
  place: Pick<Place, 'open'>,
  work: (destination: Destination) => Promise<T>,
): Promise<T> {
  const destination = await place.open();
  try {
    return await work(destination);
  } finally {
    await destination.close();
  }
}

/** The column that tells which load brought a row, as it is found. */
export const LOAD_1 = [LOAD_ID_COLUMN, 'VARCHAR'];

/** Names and types of a table's columns. */
export const types = (table: FoundTable | undefined) => table?.columns.map(({ name, type }) => [name, type]);

/** Tests of one subject. `make` gives a new, empty place. */
export type Group = (what: string, make: () => Promise<Place>, capabilities: Capabilities) => void;
