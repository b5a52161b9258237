/** What is measured, and the workspaces and tables it is measured with. */
import type { DataServer } from './client.js';
import type { DataFile } from './data.js';
import type { Places } from './destinations/places.js';
import type { DestinationData } from './destinations/publish-data.js';
import type { Command, Taken } from './measure.js';
import type { Group, Options } from './options.js';
import type { ServerSettings, WorkspaceConfig } from './server-config.js';
import type { SetName } from './sets.js';

/** One measured row. */
export interface Case {
  /** Unique, and the same in every benchmark. */
  readonly key: string;
  /** The table's first column. */
  readonly name: string;
  readonly group: Group;
  readonly rows: number;
  readonly latency_ms: number | null;
  readonly tables: number;
  /** Rows asked for at a time; null for the default of the program, undefined where there are no pages. */
  readonly page_size?: number | null;
  readonly runs: number;
  readonly settings: ServerSettings;
  /** Not measured; once before all runs. */
  readonly once?: () => Promise<void>;
  /** Not measured; before each run. */
  readonly before?: () => Promise<void>;
  readonly command: () => Command;
  /** Throws where the result is not what was served. */
  readonly verify: (taken: Taken) => Promise<void>;
  /** What the process tells of its work, where that is not all that it does. */
  readonly told?: (taken: Taken) => Pick<Taken, 'wall_s' | 'cpu_s' | 'rss_mb'>;
  /** The key of the row that it is compared with; absent: floor A with one thread. */
  readonly floor?: string;
}

/** What cases are made of. */
export interface Bench {
  readonly options: Options;
  readonly server: DataServer;
  readonly token: string;
  readonly files: ReadonlyMap<string, DataFile>;
  /** For databases and settings, on the same disk as the records. */
  readonly scratch: string;
  /** What the group `destinations` is made of; undefined where it is not measured. */
  readonly destinations?: { readonly data: DestinationData; readonly places: Places } | undefined;
}

/** Tables of the group `small`, each with so many rows. */
export const SMALL_TABLES = 200;
/** Rows of each of them. */
export const SMALL_ROWS = 200;

/** The workspaces made of those files. */
export function workspacesOf(files: ReadonlyMap<string, DataFile>, gaps: Options['gaps']): WorkspaceConfig[] {
  return [...files].flatMap(([key, { set, file, facts }]): WorkspaceConfig[] => {
    const base = { set, file, facts, gaps, rows: facts['rows']! };
    const one = { ...base, name: key, tables: 1 };
    if (key === 'small') return [{ ...base, name: 'small', tables: SMALL_TABLES }];
    if (key === 'few') return [one, { ...base, name: 'few in four', tables: 4 }];
    if (key !== 'orders') return [one];
    return [
      one,
      { ...base, name: 'orders in four', tables: 4 },
      { ...base, name: 'once', tables: 1, repeat_to: base.rows },
      { ...base, name: 'five times', tables: 1, repeat_to: 5 * base.rows },
    ];
  });
}

/** The tables that a workspace's records are loaded into. */
export const tablesOf = (set: SetName, tables: number): string[] =>
  tables === 1
    ? [`xano_data.${set}`]
    : Array.from({ length: tables }, (_, nth) => `xano_data.${set}_${nth + 1}`);

/** The number of a workspace is its place, from 1. */
export function workspaceId({ files, options }: Bench, name: string): number {
  return workspacesOf(files, options.gaps).findIndex((workspace) => workspace.name === name) + 1;
}
