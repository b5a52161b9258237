/** Turns what reading one resource tells into events of the load, and counts it in the resource's state. */
import { errorReport, XanoError } from '../errors.js';
import { rejectedOf } from '../rest/paging/page.js';
import { sqlType, storedNames } from '../table/column.js';
import type { ResourceTask } from './load-run.js';
import type { ReadContext } from './read/read-context.js';
import { forgetRows, type ResourceState } from './resource-report.js';
import { urlTemplate } from './url-template.js';

/** The part of a read context that listens. */
export type ReadListeners = Pick<
  ReadContext,
  | 'on_page'
  | 'on_parent_lost'
  | 'on_column'
  | 'on_change'
  | 'on_restart'
  | 'on_page_size'
  | 'on_again'
  | 'known_page_size'
>;

/** Listens to the reading of one resource. */
export function readListeners({ run, step }: ResourceTask, state: ResourceState): ReadListeners {
  const { emit, options, page_sizes } = run;
  const { name: resource } = step.endpoint;
  const template = urlTemplate(step.endpoint);
  return {
    on_page: (page) => {
      state.rows += page.count;
      state.pages++;
      state.rejected += rejectedOf(page);
      // A page of a keyset counts the rows from itself on.
      if (page.total !== null && state.expected === null)
        state.expected = page.total + (state.read_by === 'keyset' ? state.rows - page.count : 0);
      if (options.strict === true && rejectedOf(page) > 0) throw strictFailure(resource, page.rejects[0]!);
      emit({
        type: 'page_read',
        resource,
        rows_read: state.rows,
        rows_expected: state.expected,
        bytes: state.traffic.bytes,
      });
    },
    on_parent_lost: (parent, error) =>
      emit({ type: 'parent_not_read', resource, parent, error: errorReport(error) }),
    on_column: (column) => {
      state.columns_added.add(column.name);
      emit({ type: 'column_added', resource, column: column.name, column_type: sqlType(column) });
    },
    on_change: ({ read_by, ...change }) => {
      emit({ type: 'read_differently', resource, ...change });
      state.read_by = read_by;
    },
    on_restart: () => forgetRows(state),
    known_page_size: () => page_sizes.get(template),
    on_page_size: (size) => {
      if ((page_sizes.get(template) ?? Number.POSITIVE_INFINITY) <= size) return;
      page_sizes.set(template, size);
      emit({ type: 'page_size_limited', resource, page_size: size });
    },
    on_again: ({ expected, held }) =>
      emit({ type: 'read_again', resource, rows_expected: expected, rows_held: held }),
  };
}

/** Emits `renamed` for names that differ from others only in upper and lower case. */
export function sayRenamed({ run, step }: ResourceTask): void {
  const { endpoint, target } = step;
  const { name: resource, table_name } = endpoint;
  const reason = 'the destination ignores upper and lower case';
  const { columns } = target;
  for (const [i, to] of storedNames(columns).entries()) {
    const from = columns[i]!.name;
    if (to !== from) run.emit({ type: 'renamed', resource, from, to, reason });
  }
  if (table_name !== undefined && table_name !== resource)
    run.emit({ type: 'renamed', resource, from: resource, to: table_name, reason });
}

function strictFailure(
  resource: string,
  reject: { row_key: string | null; column: string; reason: string },
): XanoError {
  const row = reject.row_key === null ? 'a row' : `row ${reject.row_key}`;
  return new XanoError(
    'VALUES_REJECTED',
    `Column "${reject.column}" of ${row} in "${resource}" does not fit: ${reject.reason}. Nothing was replaced.`,
  );
}
