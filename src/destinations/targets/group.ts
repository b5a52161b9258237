/**
 * Publishes small tables together: one transaction for all that wait, since a transaction takes longer than
 * what one of them brings.
 */
import type { Session } from '../engine/session.js';
import type { ToPublish } from '../publish/publish.js';
import type { PublishedTable } from '../target.js';
import { type AttachedTarget, publishInto, publishTogether } from './attached.js';
import { HELD_MS } from './held-database.js';

/** Small tables that wait to be published. */
export interface Group {
  /**
   * Publishes a table, with those that wait beside it. Throws what its own publication throws. `more`: the
   * database is needed right after.
   */
  readonly publish: (
    table: ToPublish,
    options: { readonly more?: boolean | undefined },
  ) => Promise<PublishedTable>;
}

/** More would wait too long for the first of them. */
const MOST_TOGETHER = 32;

interface Waiting extends ToPublish {
  readonly more: boolean;
  readonly resolve: (published: PublishedTable) => void;
  readonly reject: (thrown: unknown) => void;
  outcome?: { readonly published: PublishedTable } | { readonly thrown: unknown };
}

/** Makes an empty group. `failure` puts what a publication throws into words about the place. */
export function createGroup(target: AttachedTarget, failure: (thrown: unknown) => Error): Group {
  const waiting: Waiting[] = [];
  let is_next = false;
  /** Waits for its turn, and publishes all that wait then. */
  const takeTurn = async (): Promise<void> => {
    is_next = true;
    let taken: readonly Waiting[] = [];
    try {
      await target.held.use(
        'write',
        async (session) => {
          is_next = false;
          taken = waiting.splice(0, MOST_TOGETHER);
          await publishThem(session, taken, target);
          // Others can use the database in between where these have taken a second.
          waiting.unshift(...taken.filter(({ outcome }) => outcome === undefined));
          taken = taken.filter(({ outcome }) => outcome !== undefined);
          if (waiting.length > 0 && !is_next) void takeTurn();
        },
        { more: () => taken.some(({ more }) => more) },
      );
      for (const one of taken) settle(one, failure);
    } catch (thrown) {
      // The database could not be attached, or not be written when it was released.
      if (taken.length === 0) {
        is_next = false;
        taken = waiting.splice(0);
      }
      for (const one of taken)
        if (one.outcome !== undefined && 'thrown' in one.outcome) settle(one, failure);
        else one.reject(thrown);
    }
  };
  return {
    publish: (table, { more = false }) =>
      new Promise((resolve, reject) => {
        waiting.push({ ...table, more, resolve, reject });
        if (!is_next) void takeTurn();
      }),
  };
}

function settle({ outcome, resolve, reject }: Waiting, failure: (thrown: unknown) => Error): void {
  if (outcome === undefined) return;
  if ('published' in outcome) resolve(outcome.published);
  else reject(failure(outcome.thrown));
}

/**
 * Publishes tables in one transaction; where that fails, each in its own. Begins no further one after a
 * second: such a table has no outcome then.
 */
async function publishThem(
  session: Session,
  tables: readonly Waiting[],
  target: AttachedTarget,
): Promise<void> {
  const { now } = target.tools;
  const begun = now();
  const isLong = (): boolean => now() - begun >= HELD_MS;
  if (tables.length > 1) {
    try {
      const published = await publishTogether(session, tables, target, isLong);
      for (const [i, one] of published.entries()) tables[i]!.outcome = { published: one };
      return;
    } catch {
      // Nothing has changed. One of them is the reason, and its own turn tells which.
    }
  }
  for (const table of tables) {
    try {
      table.outcome = {
        published: await publishInto(session, table.staged, table.publication, target),
      };
    } catch (thrown) {
      table.outcome = { thrown };
    }
    if (isLong()) return;
  }
}
