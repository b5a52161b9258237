/** What Xano says of the token of the next load: whether it accepts it, its scopes, what commands may do. */
import { asXanoError, isTokenError, probeAccess, type ScopeProbe } from '../../index.js';
import { connectWith } from '../connect.js';
import type { SessionContext, SessionFlags } from '../context.js';
import { type CommandAccess, commandsWith } from './command-access.js';
import { asksProgram, findToken } from './token-source.js';

/** What is known of a token, without the token. */
export interface TokenAccess {
  readonly source: string;
  /** By flag, variable or login; null where none names it. */
  readonly instance: string | null;
  readonly workspace: string | null;
  /** Whether Xano accepts it; null where Xano was not asked, or did not answer. */
  readonly accepted: boolean | null;
  /** Why Xano was not asked, or its refusal; null where everything is known. */
  readonly not_checked: string | null;
  readonly scopes: readonly ScopeProbe[];
  readonly commands: readonly CommandAccess[];
}

/**
 * Asks Xano, with one attempt. A token that a program prints is left alone: the program may ask the user.
 * Throws where no token is found, and what stops a command.
 */
export async function tokenAccess(
  flags: Pick<SessionFlags, 'profile' | 'configDir'>,
  context: SessionContext,
): Promise<TokenAccess> {
  const nothing = { accepted: null, scopes: [], commands: [] } as const;
  if (await asksProgram(flags, context))
    return {
      ...nothing,
      source: 'a program',
      instance: null,
      workspace: null,
      not_checked: 'A program prints this token, and only a load runs it.',
    };
  const token = await findToken(flags, context);
  const { http, account_origin, instance, workspace, data_source } = connectWith(token, flags, context);
  const known = { source: token.source, instance: instance ?? null, workspace: workspace ?? null };
  if (token.status.state === 'expired') return { ...known, ...nothing, not_checked: 'It has expired.' };
  try {
    const access = await probeAccess({
      http,
      token: token.ref,
      sender: { attempts: 1, stop: context.signal },
      account_origin,
      instance,
      workspace,
      data_source,
    });
    return {
      ...known,
      accepted: true,
      not_checked: null,
      scopes: access.scopes,
      commands: commandsWith(access),
    };
  } catch (thrown) {
    const { code, message } = asXanoError(thrown);
    if (code === 'INTERRUPTED' || code === 'BUG') throw thrown;
    return { ...known, ...nothing, accepted: isTokenError(code) ? false : null, not_checked: message };
  }
}
