/** The plan of a load that a page asks for: rows, requests and seconds of each table. Writes nothing. */
import {
  asXanoError,
  destinationLabel,
  type LoadOptions,
  openStore,
  type PlaceOptions,
  XanoError,
} from '../../index.js';
import { workspaceCatalog } from '../../session/catalog.js';
import { connect } from '../../session/connect.js';
import type { SessionContext, SessionFlags } from '../../session/context.js';
import { type AskedLoad, openAskedLoad, planAskedLoad } from '../../session/loading/asked-load.js';
import type { Note } from '../../session/note.js';
import type { ContentChoice } from '../../session/tables/choose-content.js';
import type { ShownReport } from '../answers.js';
import { readReports } from '../read-reports.js';
import { expectedSeconds } from './expected-seconds.js';
import type { ChoicesAnswer, PlanAnswer } from './live-answers.js';

/** What the start of the dashboard says about loads. */
export interface LoadScope {
  readonly to: string;
  readonly dataset: string;
  readonly place: Partial<PlaceOptions>;
  /** Which token, instance and workspace. */
  readonly flags: SessionFlags;
  /** Rows and columns that no load of a page may have. */
  readonly content: ContentChoice;
  /** How it stores objects and lists. */
  readonly stored: Pick<LoadOptions, 'nested' | 'flatten'>;
}

/** Whether loads are limited in words about some tables, which another choice of tables would contradict. */
export function isLimited({
  content: { where = [], limit = [], exclude = [], mask = [] },
}: LoadScope): boolean {
  return where.length + limit.length + exclude.length + mask.length > 0;
}

/** Makes the plan. Throws what `openAskedLoad` and `planAskedLoad` throw. */
export async function planLoad(
  asked: AskedLoad,
  scope: LoadScope,
  context: SessionContext,
): Promise<Omit<PlanAnswer, 'plan_id'>> {
  const { to, dataset, place, flags, content, stored } = scope;
  if (asked.tables.length > 0 && isLimited(scope))
    throw new XanoError('USAGE', 'This dashboard loads all tables: it was started with limits on some.', {
      hint: 'Load all tables, or run `xano load` in a terminal.',
    });
  const messages: string[] = [];
  const notify = (note: Note): void => {
    const words = inWords(note);
    if (words !== undefined) messages.push(words);
  };
  const opened = await openAskedLoad(asked, flags, context, notify, content);
  const reads = await planAskedLoad(opened, {
    to,
    dataset,
    place,
    ...stored,
    mask_key: context.env['XANO_MASK_KEY'],
  });
  const { tables, all } = expectedSeconds(reads, await pastReports(to, place, context));
  return {
    destination: destinationLabel(to),
    incremental: asked.incremental ?? null,
    tables: reads.map(({ resource, target, rows, requests, error }, i) => ({
      table: resource,
      target,
      rows,
      requests,
      seconds: tables[i] ?? null,
      error: error === undefined ? null : { code: error.code, message: error.message, hint: error.hint },
    })),
    seconds: all,
    messages,
  };
}

/** The tables of the workspace. Throws what connecting and listing throw. */
export async function listTables({ flags }: LoadScope, context: SessionContext): Promise<ChoicesAnswer> {
  const notify = (): void => {};
  const connection = await connect(flags, context, { notify });
  const catalog = await workspaceCatalog(connection, notify, { api_groups: false, openapi: false });
  const tables = catalog.instances[0]?.workspaces[0]?.tables ?? [];
  return { tables: tables.map(({ name }) => name) };
}

/** Past loads that tell how fast tables are. */
const REPORTS = 20;

/** Past loads, the newest first; none before the first, and where they cannot be read just now. */
async function pastReports(
  to: string,
  place: Partial<PlaceOptions>,
  context: SessionContext,
): Promise<readonly ShownReport[]> {
  const store = await openStore(to, place);
  try {
    return await readReports(store, { limit: REPORTS, offset: 0 }, context);
  } catch (thrown) {
    if (asXanoError(thrown).code === 'BUG') throw thrown;
    return [];
  } finally {
    await store.close();
  }
}

/** What a person should know before they confirm. */
function inWords(note: Note): string | undefined {
  if (note.type === 'read_in_full') return `${note.tables.join(', ')}: read in full: ${note.reason}.`;
  if (note.type === 'token_ending')
    return `The token from ${note.source} expires on ${note.status.expires_at.slice(0, 16).replace('T', ' ')} UTC.`;
  return undefined;
}
