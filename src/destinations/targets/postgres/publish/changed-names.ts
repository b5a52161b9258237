/** Names that Postgres cannot hold as they are: it cuts long ones, and has columns of its own. */
import type { ChangedName } from '../../../../events.js';
import { postgresColumnNames } from '../../../../table/postgres-types.js';
import type { Session } from '../../../engine/session.js';
import { columnTypes } from '../../../engine/table-columns.js';
import type { Published } from '../../../published.js';
import { inPostgres } from '../mirror/mirror.js';
import type { TablePush } from '../push/table-push.js';

/** Those of a publication: the schema once, and each table before its columns. */
export async function changedNames(
  session: Session,
  pushed: readonly TablePush[],
): Promise<Pick<Published, 'names_changed'>> {
  const changed: ChangedName[] = [];
  const compare = (of: ChangedName['of'], from: string, to: string): void => {
    if (from !== to && !changed.some((one) => one.of === of && one.from === from && one.to === to))
      changed.push({ of, from, to });
  };
  for (const push of pushed) {
    const there = inPostgres(push);
    compare('schema', push.schema, there.schema);
    compare('table', push.name, there.name);
    const names = [...(await columnTypes(session, push.mirror)).keys()];
    for (const [i, to] of postgresColumnNames(names).entries()) compare('column', names[i]!, to);
  }
  return changed.length === 0 ? {} : { names_changed: changed };
}
