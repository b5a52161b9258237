/** A database file that is attached only while there is work with it: other programs get it in between. */
import pLimit from 'p-limit';
import type { Engine } from '../engine/engine.js';
import { databaseFailure } from '../engine/failures.js';
import { assertPlainWal } from '../engine/own-files.js';
import type { Session } from '../engine/session.js';
import type { Contents } from '../state/contents.js';
import { TARGET } from '../state/names.js';
import type { TargetTools } from '../target.js';

/**
 * The file is not kept from others for longer than this at a time, in milliseconds, beyond what one table
 * takes.
 */
const HELD_MS = 1_000;
/** Then other programs get a chance: `xano query` tries every 200 ms. */
const LET_IN_MS = 100;

/** A file that is attached for one piece of work at a time. */
export interface HeldFile {
  /**
   * Runs work with the file attached under `target`, and lets go of the file right after, unless more work
   * waits: where tables are many and
   * small, opening and closing the file takes longer than what they bring.
   */
  readonly use: <T>(mode: 'read' | 'write', work: (session: Session) => Promise<T>) => Promise<T>;
  /** Runs work with the file closed. */
  readonly closed: <T>(work: () => Promise<T>) => Promise<T>;
  /** What the file holds, as far as that is known since it was attached. */
  readonly contents: () => Contents | undefined;
  /** Remembers what the file holds until it is let go of: nobody else can change it before. */
  readonly remember: (contents: Contents) => void;
}

/** How the file is attached, and since when. */
interface Attached {
  readonly read_only: boolean;
  readonly since: number;
  contents?: Contents;
}

/** Makes the holder of one file. `label` is what people call it. */
export function holdFile({ engine, now, sleep }: TargetTools, file: string, label: string): HeldFile {
  // Only one transaction may write to the target at a time, and attaching is per engine, not per session.
  const one = pLimit(1);
  let attached: Attached | undefined;

  const detach = async (): Promise<void> => {
    if (attached === undefined) return;
    attached = undefined;
    await engine.detach(TARGET);
  };

  const attach = async (read_only: boolean): Promise<void> => {
    // Whoever only reads may do so where writing is possible.
    if (attached !== undefined && (read_only || !attached.read_only)) return;
    await detach();
    assertPlainWal(file);
    await engine.attach(file, TARGET, { read_only });
    attached = { read_only, since: now() };
  };

  const letGo = async (is_done: boolean): Promise<void> => {
    if (!is_done || one.pendingCount === 0) await detach();
    else if (attached !== undefined && now() - attached.since >= HELD_MS) {
      await detach();
      await sleep(LET_IN_MS);
    }
  };

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => one(() => inWordsAbout(label, work));

  return {
    use: (mode, work) =>
      inTurn(async () => {
        await attach(mode === 'read');
        let is_done = false;
        try {
          const result = await withSession(engine, work);
          is_done = true;
          return result;
        } finally {
          await letGo(is_done);
        }
      }),
    closed: (work) =>
      inTurn(async () => {
        await detach();
        return work();
      }),
    contents: () => attached?.contents,
    remember: (contents) => {
      if (attached !== undefined) attached.contents = contents;
    },
  };
}

async function inWordsAbout<T>(label: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw databaseFailure(thrown, label);
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
