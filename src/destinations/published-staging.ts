/**
 * Staged rows of published tables, until they are deleted: those of many small tables together, and not at
 * all where the staging file is deleted anyway. A load that finds them first knows by their id that they are
 * published.
 */
import type { Engine } from './engine/engine.js';
import { numberIn } from './engine/session.js';
import { literal } from './engine/sql.js';
import { STAGING } from './state/names.js';

/** What staging still has of one published table. */
export interface Leftover {
  /** Of the resource. */
  readonly identity: string;
  /** SQL that deletes its rows and their progress. */
  readonly statements: readonly string[];
}

/** The tables that are published, and whose rows staging still has. */
export interface PublishedStaging {
  /** Remembers one, and deletes the rows of all once they are many. */
  readonly add: (leftover: Leftover) => Promise<void>;
  /** Forgets one that is read again: what is left of it is found, and cleared, then. */
  readonly openedAgain: (identity: string) => void;
  /**
   * Whether staging has rows of other tables, which wait for the next load; true where that cannot be told.
   * Deletes the published ones then.
   */
  readonly hasOthers: () => Promise<boolean>;
}

/** Tables whose rows are deleted together. */
const MOST_LEFT = 50;

/** Begins with no table. */
export function createPublishedStaging(engine: Pick<Engine, 'session'>): PublishedStaging {
  let left: Leftover[] = [];
  const clear = async (): Promise<void> => {
    const statements = left.flatMap((leftover) => leftover.statements);
    left = [];
    if (statements.length === 0) return;
    const session = await engine.session();
    try {
      await session.commit('BEGIN', ...statements);
    } finally {
      session.close();
    }
  };
  const countOthers = async (): Promise<number> => {
    const session = await engine.session();
    try {
      const identities = ['', ...left.map(({ identity }) => identity)].map(literal).join(', ');
      const [row] = await session.rows(
        `SELECT count(*)::DOUBLE AS n FROM ${STAGING}.progress WHERE identity NOT IN (${identities})`,
      );
      return numberIn(row, 'n');
    } finally {
      session.close();
    }
  };
  return {
    add: async (leftover) => {
      left.push(leftover);
      if (left.length >= MOST_LEFT) await clear();
    },
    openedAgain: (identity) => {
      left = left.filter((leftover) => leftover.identity !== identity);
    },
    hasOthers: async () => {
      try {
        if ((await countOthers()) === 0) return false;
        await clear();
      } catch {
        // Kept, and looked at by the next load.
      }
      return true;
    },
  };
}
