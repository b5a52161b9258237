/** The expiry of this computer's token, as far as that is known without a request. */

import { isStop, type TokenStatus, XanoError } from '../../index.js';
import type { SessionContext, SessionFlags } from '../context.js';
import { asksProgram, findToken } from './token-source.js';

/** A token that is known here. */
export interface LocalToken extends TokenStatus {
  readonly source: string;
}

/**
 * The token that the next load would use; null where it is not known without running a program: a program may
 * ask the user, or take long.
 */
export async function localToken(flags: SessionFlags, context: SessionContext): Promise<LocalToken | null> {
  try {
    if (await asksProgram(flags, context)) return null;
    const { source, status } = await findToken(flags, context);
    return { source, ...status };
  } catch (thrown) {
    // A missing or unreadable token is not an error of the command that only shows the expiry.
    if (thrown instanceof XanoError && !isStop(thrown)) return null;
    throw thrown;
  }
}
