/** A database that is attached only while there is work with it: other programs get it in between. */
import pLimit, { type LimitFunction } from 'p-limit';
import type { Engine } from '../engine/engine.js';
import { isOutOfMemory } from '../engine/failures.js';
import type { Session } from '../engine/session.js';
import type { Contents } from '../state/contents.js';
import { TARGET } from '../state/names.js';
import type { TargetTools } from '../target.js';

/**
 * The database is not kept from others for longer than this at a time, in milliseconds, beyond what one table
 * takes.
 */
export const HELD_MS = 1_000;
/** Then other programs get a chance: `xano query` tries every 200 ms. */
const LET_IN_MS = 100;

/**
 * What the database is attached for. `write unlogged`: without a log, which would hold long rows twice more
 * in memory. A file stays as it was until all of the work is written into it.
 */
export type Use = 'read' | 'write' | 'write unlogged';

/** A database that is attached for one piece of work at a time. */
export interface HeldDatabase {
  /**
   * Runs work with the database attached under `target`, and lets go of it right after, unless more work
   * waits. Unlogged work must be such that it can be run again: it is, with more memory, where little was not
   * enough. Where tables are many and small, opening and closing a file takes longer than what they bring.
   * `more`, asked after the work: more follows at once, and logged work keeps the database for it.
   */
  readonly use: <T>(
    mode: Use,
    work: (session: Session) => Promise<T>,
    options?: { readonly more?: () => boolean },
  ) => Promise<T>;
  /** Runs work with the database closed. */
  readonly closed: <T>(work: () => Promise<T>) => Promise<T>;
  /** What the database holds, as far as that is known since it was attached. */
  readonly contents: () => Contents | undefined;
  /** Remembers what the database holds until its release: nobody else can change it before. */
  readonly remember: (contents: Contents) => void;
}

/** How a database is attached under `target`. */
export interface Attaching {
  /** Attaches it, waiting a while if another program holds it. */
  readonly attach: (how: { readonly read_only: boolean; readonly log: boolean }) => Promise<void>;
  /** A failure in words about the place. */
  readonly failure: (thrown: unknown) => Error;
  /**
   * Runs what attaches the database and works with it, while no other program writes. Absent: who has it
   * attached is alone.
   */
  readonly guard?: <T>(mode: Use, work: () => Promise<T>) => Promise<T>;
  /**
   * Other programs use it at the same time: it stays attached until the engine ends, and what it holds is
   * never remembered.
   */
  readonly is_shared?: boolean;
}

/** How the database is attached, and since when. */
interface Attached {
  readonly read_only: boolean;
  readonly log: boolean;
  readonly since: number;
  contents?: Contents;
}

/** A database, and how it is held now. */
interface Holding {
  readonly tools: TargetTools;
  readonly attaching: Attaching;
  /** Only one transaction may write to the target at a time, and attaching is per engine, not per session. */
  readonly turn: LimitFunction;
  attached: Attached | undefined;
}

/** Makes the holder of one database. */
export function holdDatabase(tools: TargetTools, attaching: Attaching): HeldDatabase {
  const holding: Holding = { tools, attaching, turn: pLimit(1), attached: undefined };
  const { failure, is_shared = false } = attaching;

  const inTurn = <T>(work: () => Promise<T>): Promise<T> =>
    holding.turn(async () => {
      try {
        return await work();
      } catch (thrown) {
        throw failure(thrown);
      }
    });

  return {
    use: (mode, work, { more = () => false } = {}) =>
      inTurn(async () => {
        if (mode !== 'write unlogged') return useOnce(holding, mode, work, { more });
        try {
          return await useOnce(holding, mode, work, { sparingly: true });
        } catch (thrown) {
          if (!isOutOfMemory(thrown)) throw thrown;
          // The file is as it was.
          return await useOnce(holding, mode, work);
        }
      }),
    closed: (work) =>
      inTurn(async () => {
        await detach(holding);
        return work();
      }),
    contents: () => holding.attached?.contents,
    remember: (contents) => {
      if (holding.attached !== undefined && !is_shared) holding.attached.contents = contents;
    },
  };
}

/**
 * Runs work once, with the database attached. `sparingly`: with little memory to write it. `more`: what
 * follows has it as well.
 */
async function useOnce<T>(
  holding: Holding,
  mode: Use,
  work: (session: Session) => Promise<T>,
  options: { readonly sparingly?: boolean; readonly more?: () => boolean } = {},
): Promise<T> {
  const { guard = (_, guarded) => guarded() } = holding.attaching;
  let is_done = false;
  try {
    const result = await guard(mode, async () => {
      await attach(holding, mode);
      return withSession(holding.tools.engine, async (session) => {
        const outcome = await work(session);
        if (mode === 'write unlogged') await session.checkpoint(TARGET, options);
        return outcome;
      });
    });
    is_done = true;
    return result;
  } finally {
    const may_stay = is_done && mode !== 'write unlogged';
    if (!may_stay || options.more?.() !== true) await letGo(holding, may_stay);
  }
}

async function detach(holding: Holding): Promise<void> {
  if (holding.attached === undefined) return;
  holding.attached = undefined;
  await holding.tools.engine.detach(TARGET);
}

async function attach(holding: Holding, mode: Use): Promise<void> {
  const { tools, attaching, attached } = holding;
  const read_only = mode === 'read' && attaching.is_shared !== true;
  const log = mode !== 'write unlogged';
  // Work that only reads can use a database that is attached for writing.
  if (attached !== undefined && attached.log === log && (read_only || !attached.read_only)) return;
  await detach(holding);
  await attaching.attach({ read_only, log });
  holding.attached = { read_only, log, since: tools.now() };
}

async function letGo(holding: Holding, may_stay: boolean): Promise<void> {
  const { attached, turn, tools, attaching } = holding;
  if (attaching.is_shared === true) return;
  if (!may_stay || turn.pendingCount === 0) await detach(holding);
  else if (attached !== undefined && tools.now() - attached.since >= HELD_MS) {
    await detach(holding);
    await tools.sleep(LET_IN_MS);
  }
}

async function withSession<T>(engine: Engine, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await engine.session();
  try {
    return await work(session);
  } finally {
    session.close();
  }
}
