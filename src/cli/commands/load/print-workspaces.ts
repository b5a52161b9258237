/** The report of a load of many workspaces: one line each. */
import type { ErrorReport, LoadReport } from '../../../index.js';
import type { Shard } from '../../../project/shard.js';
import type { PlannedRead } from '../../../session/plan-reads.js';
import type { Cell, Printer } from '../../output/output.js';

/** How the load of one workspace ended. */
export interface WorkspaceLoad {
  /** Its dataset, which is unique. */
  readonly workspace: string;
  /** `planned`: of a dry run. `not_started`: the command was stopped before. */
  readonly status: LoadReport['status'] | 'planned' | 'not_started';
  /** Absent where it did not start. */
  readonly exit_status?: number;
  readonly duration_ms?: number;
  readonly report?: LoadReport;
  /** Of a dry run. */
  readonly plan?: readonly PlannedRead[];
  /** Why the workspace was not loaded at all. */
  readonly error?: ErrorReport;
}

/** What `--json` gives a load, or a dry run. */
type Told = LoadReport | { readonly resources: readonly PlannedRead[] };

/** A workspace by the JSON that its load printed. */
export function endedIn(
  workspace: string,
  exit_status: number,
  printed: unknown,
  duration_ms: number,
): WorkspaceLoad {
  // The only JSON that a load prints.
  const told = printed as Told;
  const ended = { workspace, exit_status, duration_ms };
  return 'load_id' in told
    ? { ...ended, status: told.status, report: told }
    : { ...ended, status: 'planned', plan: told.resources };
}

/** Where the workspaces were loaded, and how the report is printed. */
export interface WorkspacesPrinted {
  /** Without secrets. */
  readonly to: string;
  readonly shard: Shard | undefined;
  readonly json: boolean;
}

/** Prints one line a workspace, or one JSON object for all. */
export function printWorkspaces(
  loads: readonly WorkspaceLoad[],
  { to, shard = undefined, json }: WorkspacesPrinted,
  printer: Printer,
): void {
  if (json) {
    const workspaces = loads.map((load) => ({
      workspace: load.workspace,
      status: load.status,
      exit_status: load.exit_status ?? null,
      duration_ms: load.duration_ms ?? null,
      ...sumsOf(load),
      ...(load.plan === undefined ? { report: load.report ?? null } : { plan: load.plan }),
      error: load.error ?? null,
    }));
    printer.json({ destination: to, shard: shard ?? null, workspaces });
    return;
  }
  printer.table(
    ['workspace', 'loaded', 'tables', 'rows', 'completeness', 'time', 'status'],
    loads.map((load) => lineOf(load, printer)),
    [1, 2, 3, 5],
    // time, completeness
    [5, 4],
  );
}

interface Sums {
  readonly tables_loaded: number;
  readonly tables: number;
  /** Written by this load; of a dry run, expected. */
  readonly rows: number;
}

function sumsOf({ report, plan = [] }: WorkspaceLoad): Sums {
  const sum = (numbers: readonly (number | null)[]): number =>
    numbers.reduce<number>((all, one) => all + (one ?? 0), 0);
  if (report === undefined)
    return { tables_loaded: 0, tables: plan.length, rows: sum(plan.map(({ rows }) => rows)) };
  const loaded = report.resources.filter(({ status }) => status === 'loaded');
  return {
    tables_loaded: loaded.length,
    tables: report.resources.length,
    rows: sum(loaded.map(({ rows_written }) => rows_written)),
  };
}

function lineOf(load: WorkspaceLoad, printer: Printer): Cell[] {
  const { tables_loaded, tables, rows } = sumsOf(load);
  const resources = load.report?.resources ?? [];
  // Xano forgets the rows of a history: their number proves nothing.
  const found = resources.flatMap(({ completeness, history }) =>
    history === undefined ? (completeness ?? []) : [],
  );
  const codes = resources.flatMap(({ error }) => error?.code ?? []);
  const code = load.error?.code ?? [...new Set(codes)].join(', ');
  const isGood = load.status === 'loaded' || load.status === 'planned';
  return [
    load.workspace,
    printer.number(tables_loaded),
    printer.number(tables),
    printer.number(rows),
    [...new Set(found)].join(', ') || '-',
    load.duration_ms === undefined ? '-' : printer.span(load.duration_ms),
    { text: `${load.status.replace('_', ' ')} ${code}`.trim(), tone: isGood ? 'good' : 'bad' },
  ];
}
