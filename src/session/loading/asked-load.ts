/** A load that an assistant or a page asks for: which tables it reads, and what they take. Prints nothing. */
import type { EndpointConfig } from '../../index.js';
import { type Connection, connect } from '../connect.js';
import type { Notify, SessionContext, SessionFlags } from '../context.js';
import { type PlannedRead, type PlanOptions, planReads } from '../plan-reads.js';
import { type ContentChoice, chooseContent } from '../tables/choose-content.js';
import { workspaceEndpoints } from '../tables/choose-tables.js';

/** What somebody asks for; everything else is an option of the start. */
export interface AskedLoad {
  /** Names of tables in Xano; empty for all. */
  readonly tables: readonly string[];
  /** Read only rows that are new by this column; undefined for all rows. */
  readonly incremental: string | undefined;
}

/** The tables of a load, and the way to read them. */
export interface OpenedLoad {
  readonly connection: Connection;
  readonly endpoints: readonly EndpointConfig[];
}

/**
 * Connects, and finds the tables. Throws USAGE for a name or an incremental column that no table has, and
 * what connecting throws.
 */
export async function openAskedLoad(
  { tables, incremental }: AskedLoad,
  flags: SessionFlags,
  context: SessionContext,
  notify: Notify = () => {},
  content: ContentChoice = {},
): Promise<OpenedLoad> {
  const connection = await connect(flags, context, { notify });
  const column = incremental ?? flags.defaults?.incremental;
  const options = {
    api_groups: false,
    incremental: column === undefined ? undefined : { column },
    write_disposition: incremental === undefined ? flags.defaults?.write_disposition : undefined,
  };
  const { endpoints } = await workspaceEndpoints(connection, tables, options, notify);
  return { connection, endpoints: chooseContent(endpoints, content) };
}

/** What each table takes. Writes nothing. Throws what `planReads` throws. */
export function planAskedLoad(
  { connection, endpoints }: OpenedLoad,
  into: PlanOptions & { readonly dataset: string },
  notify: Notify = () => {},
): Promise<PlannedRead[]> {
  return planReads(endpoints, into, connection.http, {
    on_wait: (wait) => notify({ type: 'waiting', wait }),
    on_detected: () => {},
  });
}
