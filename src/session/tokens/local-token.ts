/** When the token of this computer ends, as far as that is known without asking anybody. */

import { isStop, type TokenStatus, XanoError } from '../../index.js';
import type { SessionContext, SessionFlags } from '../context.js';
import { asksProgram, findToken } from './token-source.js';

/** A token that is known here. */
export interface LocalToken extends TokenStatus {
  readonly source: string;
}

/**
 * The token that the next load would use; null where none is known here. One that a program prints is not
 * known: the program may ask somebody, or take its time.
 */
export async function localToken(
  flags: Pick<SessionFlags, 'profile' | 'configDir'>,
  context: SessionContext,
): Promise<LocalToken | null> {
  try {
    if (await asksProgram(flags, context)) return null;
    const { source, status } = await findToken(flags, context);
    return { source, ...status };
  } catch (thrown) {
    // That there is none, or that it cannot be read, is no failure of the file that is looked at.
    if (thrown instanceof XanoError && !isStop(thrown)) return null;
    throw thrown;
  }
}
