/** When the token of this computer ends, as far as that is known without asking anybody. */
import { type TokenStatus, XanoError } from '../index.js';
import type { Context } from './context.js';
import { flagOrEnv, type XanoFlags } from './options.js';
import { findToken } from './token-source.js';

/** A token that is known here. */
export interface LocalToken extends TokenStatus {
  readonly source: string;
}

/**
 * The token that the next load would use; null where none is known here. One that a program prints is not known: the program may ask somebody,
 * or take its time.
 */
export function localToken(
  flags: Pick<XanoFlags, 'profile' | 'configDir'>,
  context: Context,
): LocalToken | null {
  const variable = (name: string): string | undefined => flagOrEnv(undefined, context, name)?.trim();
  const isPrinted =
    flags.profile === undefined &&
    (variable('XANO_TOKEN') ?? variable('XANO_TOKEN_FILE') ?? '') === '' &&
    (variable('XANO_TOKEN_COMMAND') ?? '') !== '';
  if (isPrinted) return null;
  try {
    const { source, status } = findToken(flags, context);
    return { source, ...status };
  } catch (thrown) {
    // That there is none, or that it cannot be read, is no failure of the file that is looked at.
    if (thrown instanceof XanoError) return null;
    throw thrown;
  }
}
