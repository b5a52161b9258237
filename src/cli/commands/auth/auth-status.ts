/** `xano auth status`: for each token its source, its owner, its expiry and its rights. */
import type { Access, ScopeProbe, TokenStatus } from '../../../index.js';
import { flagOrEnv } from '../../../session/context.js';
import type { CommandAccess } from '../../../session/tokens/command-access.js';
import type { FoundToken, Login, SourceKind } from '../../../session/tokens/token-source.js';
import type { Context } from '../../context.js';
import type { XanoFlags } from '../../input/options.js';
import type { Printer } from '../../output/output.js';

interface StatusFlags extends XanoFlags {
  readonly offline?: boolean;
}

type Library = typeof import('../../../index.js');
type XanoError = InstanceType<Library['XanoError']>;

/** One token as `--json` prints it; its expiry is null where its program was not run. */
interface TokenReport extends Partial<TokenStatus> {
  readonly token: '********';
  readonly source: string;
  readonly source_kind: SourceKind;
  readonly profile: string | null;
  readonly instance: string | null;
  readonly basis_in_words?: string;
  readonly who: { readonly name: string; readonly email: string } | null;
  /** Whether Xano accepts it; null where Xano was not asked, or did not answer. */
  readonly accepted: boolean | null;
  /** Why Xano was not asked, or its refusal; null where everything is known. */
  readonly not_checked: string | null;
  readonly scopes: readonly ScopeProbe[];
  /** Scopes for which Xano lists more than one right; null where it lists none at all. */
  readonly more_rights: Access['more_rights'];
  readonly commands: readonly CommandAccess[];
}

/**
 * Prints the status of the token in use, and of every other login unless one is named. Returns the exit
 * status; throws the failure of the token in use.
 */
export async function status(flags: StatusFlags, context: Context): Promise<number> {
  const { findToken, lookForToken } = await import('../../../session/tokens/token-source.js');
  const { assertAlive } = await import('../../../index.js');
  const { createPrinter } = await import('../../output/output.js');
  const printer = createPrinter(context, flags.color !== false);
  const token = await lookForToken(flags, context);
  const inUse = token === undefined ? undefined : await reportOn(token, flags, context, printer);
  const isOne = [flags.token, flags.tokenFile, flags.tokenCommand, flags.profile].some(
    (host) => host !== undefined,
  );
  const others: TokenReport[] = [];
  for (const login of isOne ? [] : await allLoginsOrWarn(flags, context, printer))
    if (login.name !== token?.profile || login.kind !== token.kind)
      others.push(await reportOnOther(login, flags, context, printer));
  if (flags.json === true) {
    if (inUse !== undefined || others.length > 0) printer.json({ ...inUse?.report, others });
  } else
    for (const [i, report] of [...(inUse === undefined ? [] : [inUse.report]), ...others].entries()) {
      if (i > 0) printer.result('');
      const isOneOfSome = others.length > 0 && report === inUse?.report;
      await printToken(report, isOneOfSome ? ', the one in use' : '', context, printer);
    }
  if (token === undefined) {
    // Throws the reason why no token was found.
    await findToken(flags, context);
    return 4;
  }
  assertAlive(token.status, token.source);
  if (inUse?.refused !== undefined) throw inUse.refused;
  if (token.status.state === 'expiring') printer.warn('create a new token soon, then run `xano auth login`.');
  return 0;
}

/** Unreadable files of other tools do not hide the token in use. */
async function allLoginsOrWarn(flags: StatusFlags, context: Context, printer: Printer): Promise<Login[]> {
  const { asXanoError } = await import('../../../index.js');
  const { allLogins } = await import('../../../session/tokens/token-source.js');
  try {
    return await allLogins(flags, context);
  } catch (thrown) {
    const { code, message, hint } = asXanoError(thrown);
    if (code === 'BUG') throw thrown;
    printer.warn(`${message} ${hint}`);
    return [];
  }
}

/**
 * A login that is not in use: variables and flags for instances do not apply to it, and its program is not
 * run.
 */
async function reportOnOther(
  login: Login,
  { color, configDir, offline }: StatusFlags,
  context: Context,
  printer: Printer,
): Promise<TokenReport> {
  const { asXanoError, isTokenError } = await import('../../../index.js');
  const { tokenOfLogin } = await import('../../../session/tokens/token-source.js');
  const { given, kind, name, place } = login;
  let wrong = 'its program is run only when it is used';
  if (!login.asks_program)
    try {
      const flags = {
        ...(color === undefined ? {} : { color }),
        ...(configDir === undefined ? {} : { configDir }),
        ...(offline === undefined ? {} : { offline }),
      };
      const env = { XANO_CONFIG_DIR: context.env['XANO_CONFIG_DIR'] };
      return (await reportOn(await tokenOfLogin(login, context), flags, { ...context, env }, printer)).report;
    } catch (thrown) {
      const { code, message } = asXanoError(thrown);
      if (!isTokenError(code)) throw thrown;
      wrong = message;
    }
  return {
    token: '********',
    source: given.source,
    source_kind: kind,
    profile: name,
    instance: place.instance ?? null,
    who: null,
    accepted: null,
    not_checked: wrong,
    scopes: [],
    more_rights: null,
    commands: [],
  };
}

async function reportOn(
  token: FoundToken,
  flags: StatusFlags,
  context: Context,
  printer: Printer,
): Promise<{ readonly report: TokenReport; readonly refused?: XanoError }> {
  const { asXanoError, basisInWords, isTokenError, probeAccess } = await import('../../../index.js');
  const { connectWith } = await import('../../../session/connect.js');
  const { commandsWith } = await import('../../../session/tokens/command-access.js');
  const { sayWaits } = await import('../../output/notes.js');
  const known = {
    token: '********',
    source: token.source,
    source_kind: token.kind,
    profile: token.profile ?? null,
    instance: flagOrEnv(flags.instance, context, 'XANO_INSTANCE') ?? token.place.instance ?? null,
    ...token.status,
    basis_in_words: basisInWords(token.status),
  } as const;
  const nothing = { who: null, accepted: null, scopes: [], more_rights: null, commands: [] } as const;
  if (token.status.state === 'expired')
    return { report: { ...known, ...nothing, not_checked: 'it has expired' } };
  if (flags.offline === true) return { report: { ...known, ...nothing, not_checked: '--offline' } };
  const { http, account_origin, instance, workspace, data_source } = connectWith(token, flags, context);
  try {
    const access = await probeAccess({
      http,
      token: token.ref,
      // A status command reports a busy server instead of waiting for it.
      sender: { on_wait: sayWaits(printer), attempts: 1 },
      account_origin,
      instance,
      workspace,
      data_source,
    });
    const { name, email } = access.me;
    const report = {
      ...known,
      who: { name, email },
      accepted: true,
      not_checked: null,
      scopes: access.scopes,
      more_rights: access.more_rights,
      commands: commandsWith(access),
    };
    return { report };
  } catch (thrown) {
    const error = asXanoError(thrown);
    if (error.code === 'INTERRUPTED' || error.code === 'BUG') throw thrown;
    const refused = isTokenError(error.code);
    const report = { ...known, ...nothing, accepted: refused ? false : null, not_checked: error.message };
    return { report, ...(refused ? { refused: error } : {}) };
  }
}

async function printToken(
  report: TokenReport,
  location: string,
  context: Context,
  printer: Printer,
): Promise<void> {
  const { printable } = await import('../../../hidden-characters.js');
  const { endInWords } = await import('../../output/notes.js');
  const say = (line: string): void => printer.result(printable(line));
  const { state, expires_at = null, basis, who, commands } = report;
  say(`Token: ${report.token} from ${report.source}${location}`);
  say(`Instance: ${report.instance ?? 'any that the token sees'}`);
  if (who !== null) say(`Who: ${who.name === '' ? who.email : `${who.name}, ${who.email}`}`);
  if (state !== undefined && basis !== undefined) {
    say(`State: ${state}`);
    say(`Ends: ${endInWords({ state, expires_at, basis }, context.now())}`);
  }
  if (report.not_checked !== null) say(`Not checked with Xano: ${report.not_checked.replace(/\.$/, '')}`);
  const yes = commands.filter(({ may_run }) => may_run === 'yes').map(({ command }) => command);
  if (yes.length > 0) say(`May run: ${yes.join(', ')}`);
  for (const { command, may_run, reason } of commands) {
    if (may_run === 'partly') say(`May run: ${command}, but ${reason}`);
    if (may_run === 'no') say(`May not run: ${command}: ${reason}`);
    if (may_run === 'unknown') say(`Not known: ${command}: ${reason?.replace(/\.$/, '')}`);
  }
  const more = report.more_rights ?? [];
  if (more.length > 0)
    printer.warn(
      `this token can probably write or delete (Xano lists ${more.map(({ scope, value }) => `${scope} ${value}`).join(', ')}): a read-only token is enough.`,
    );
}
