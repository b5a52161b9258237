/** What a publication meets in Postgres, shown in the mirror: names, and the previous table. */
import type { Publication } from '../../../destination.js';
import { storedKeys } from '../../../engine/column-sql.js';
import type { Session } from '../../../engine/session.js';
import type { StagedTable } from '../../../staging/staged-table.js';
import type { StoredResource } from '../../../state/contents.js';
import { readOwnership } from '../../../state/ownership.js';
import { knownResources } from '../../../state/read-contents.js';
import { type MirroredColumn, mirrorNames, type Relation, relationOf, tablesOf } from '../mirror/mirror.js';
import { copyPrevious, createPrevious, rememberKeys } from '../mirror/previous-rows.js';
import type { OpenDatabase } from '../open-database.js';
import type { Connection } from '../wire/connection.js';
import { type Meeting, planPublish } from './plan-publish.js';

/** The table that a publication meets. */
export interface Met {
  readonly previous: StoredResource;
  readonly relation: Relation;
  readonly columns: readonly MirroredColumn[];
  readonly meeting: Meeting;
  readonly keys: readonly string[];
}

/** Shows in the mirror what the publication meets: names, and the previous table with the rows that it asks for. */
export async function meet(
  opened: OpenDatabase,
  session: Session,
  connection: Connection,
  staged: StagedTable,
  publication: Publication,
  relations: readonly Relation[],
): Promise<Met | undefined> {
  const { plan } = staged;
  const names = await namesOf(session, relations);
  const { previous } = readOwnership(
    { known: await knownResources(session), tables: names, has_state: false },
    plan,
  );
  const relation = previous === null ? undefined : relationOf(relations, previous);
  if (previous === null || relation === undefined) {
    await mirrorNames(session, relations);
    return undefined;
  }
  const columns = await createPrevious(session, previous, relation);
  await mirrorNames(session, relations, [previous]);
  const { meeting, pulled } = planPublish(staged, publication, previous, columns);
  const keys = storedKeys(previous.columns, plan.target.primary_key);
  if (pulled !== undefined)
    await copyPrevious(session, connection, {
      previous,
      relation,
      columns,
      names: pulled,
      folder: opened.folder,
    });
  if (meeting === 'merge') await rememberKeys(session, previous, columns, keys);
  return { previous, relation, columns, meeting, keys };
}

/** The tables that are there, under the names that the state has. */
async function namesOf(session: Session, relations: readonly Relation[]) {
  const known = tablesOf(await knownResources(session));
  return relations.map((relation) => {
    const { schema, name } = known.find((table) => relationOf([relation], table) !== undefined) ?? relation;
    return { schema, name, is_view: relation.is_view };
  });
}
