/** What a publication meets in Postgres, shown in the mirror: names, and the previous table. */
import type { Publication } from '../../../destination.js';
import { storedKeys } from '../../../engine/column-sql.js';
import type { Session } from '../../../engine/session.js';
import type { StagedTable } from '../../../staging/staged-table.js';
import type { StoredResource } from '../../../state/contents.js';
import type { MirroredColumn, Relation } from '../mirror/mirror.js';
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

/** A publication, and the table that it meets. */
export interface Meets {
  readonly staged: StagedTable;
  readonly publication: Publication;
  readonly previous: StoredResource;
  readonly relation: Relation;
}

/** Shows in the mirror the previous table, with the rows that publishing asks for. */
export async function meet(
  opened: OpenDatabase,
  session: Session,
  connection: Connection,
  { staged, publication, previous, relation }: Meets,
): Promise<Met> {
  const columns = await createPrevious(session, previous, relation);
  const { meeting, pulled } = planPublish(staged, publication, previous, columns);
  const keys = storedKeys(previous.columns, staged.plan.target.primary_key);
  const { folder } = opened;
  if (pulled !== undefined)
    await copyPrevious(session, connection, { previous, relation, columns, names: pulled, folder });
  if (meeting === 'merge') await rememberKeys(session, previous, columns, keys);
  return { previous, relation, columns, meeting, keys };
}
