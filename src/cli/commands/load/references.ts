/** References between the tables of a workspace, as a destination takes them. */
import { type SourceReference, type Workspace, workspaceSchema } from '../../../index.js';

/** Every column that refers to a table of the workspace. */
export function referencesOf(workspace: Workspace): SourceReference[] {
  return workspaceSchema(workspace).flatMap(({ id, columns }) =>
    (columns ?? []).flatMap(({ name, references }) =>
      id === null || references === null
        ? []
        : [{ table_id: id, column: name, to_table_id: references.table_id }],
    ),
  );
}
