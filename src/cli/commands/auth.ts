/** `xano auth`: stores a token, says what is known of it, forgets it. */

import type { Readable, Writable } from 'node:stream';
import { Command } from 'commander';
import type { Context, Finish } from '../context.js';
import { flagOrEnv, withTokenOptions, type XanoFlags } from '../options.js';
import type { Printer } from '../output.js';

interface LoginFlags extends XanoFlags {
  readonly tokenStdin?: boolean;
  readonly expires?: string;
}

interface StatusFlags extends XanoFlags {
  readonly json?: boolean;
}

/** Makes `xano auth`. */
export function authCommand(context: Context, finish: Finish): Command {
  const auth = new Command('auth').description('log in with an access token, see how long it lasts, log out');
  auth.addCommand(
    withTokenOptions(
      new Command('login').description(
        'ask for a token (or read it), prove that it works, store it for this user only',
      ),
    )
      .option('--token-stdin', 'read the token from standard input')
      .option(
        '--expires <when>',
        'when the token ends, if it does not say so itself: 7d, 12h, never, or a date',
      )
      .action(async (flags: LoginFlags) => finish(await login(flags, context))),
  );
  auth.addCommand(
    withTokenOptions(new Command('status').description('where the token comes from and how long it lasts'))
      .option('--json', 'print JSON')
      .action(async (flags: StatusFlags) => finish(await status(flags, context))),
  );
  auth.addCommand(
    withTokenOptions(new Command('logout').description('forget the stored token')).action(
      async (flags: XanoFlags) => finish(await logout(flags, context)),
    ),
  );
  return auth;
}

async function login(flags: LoginFlags, context: Context): Promise<number> {
  const {
    assertAlive,
    assertToken,
    ACCOUNT_ORIGIN,
    accountApiAt,
    instanceAt,
    isOrigin,
    nearestName,
    parseExpiry,
    readInstances,
    readMe,
    tokenStatus,
    XanoError,
  } = await import('../../index.js');
  const { httpFor, sayWaits } = await import('../connect.js');
  const { createPrinter } = await import('../output.js');
  const { printable } = await import('../text.js');
  const { DEFAULT_PROFILE, openSettings } = await import('../settings.js');
  const printer = createPrinter(context, flags.color !== false);
  const name = flagOrEnv(flags.profile, context, 'XANO_PROFILE') ?? DEFAULT_PROFILE;
  const settings = openSettings(flagOrEnv(flags.configDir, context, 'XANO_CONFIG_DIR'));
  const instance = flagOrEnv(flags.instance, context, 'XANO_INSTANCE');
  const account_origin = flagOrEnv(flags.accountOrigin, context, 'XANO_ACCOUNT_ORIGIN') ?? ACCOUNT_ORIGIN;
  // JavaScript's own name for something else: it would be stored and never found.
  if (name === '__proto__')
    throw new XanoError('USAGE', `"${name}" cannot be the name of a profile.`, {
      hint: 'Give another one with --profile.',
    });
  // Before a token is asked for: what is wrong with the address is wrong whatever the token.
  const itself = instance !== undefined && isOrigin(instance) ? instanceAt(instance) : undefined;
  const base_url = itself?.meta_api ?? accountApiAt(account_origin);
  const expires = flags.expires === undefined ? undefined : parseExpiry(flags.expires, context.now());

  const source =
    flags.tokenStdin === true ? 'standard input' : flags.token === undefined ? 'the prompt' : '--token';
  const value =
    flags.tokenStdin === true
      ? await readAll(context.stdin.stream)
      : (flags.token ?? (await askForToken(context))).trim();
  if (value === '')
    throw new XanoError('TOKEN_MISSING', 'No token was entered.', {
      hint: 'Paste it at the prompt, or pipe it in with --token-stdin.',
    });
  assertToken(value, source);
  const status = tokenStatus(value, expires, context.now());
  assertAlive(status, source);

  const ref = { env: 'XANO_TOKEN' } as const;
  const http = httpFor(() => ({ value, source, expires_at: status.expires_at }), context);
  const sender = { on_wait: sayWaits(printer) };
  const api = { http, base_url, token: ref, sender };
  const me = await readMe(api);
  const seen = itself === undefined ? await readInstances(api) : [itself];
  const instances = seen.map((one) => one.name);
  if (instance !== undefined && itself === undefined) {
    const known = seen.flatMap((one) => [one.name, one.display, ...one.hosts]);
    if (!known.some((one) => one.toLowerCase() === instance.toLowerCase())) {
      const nearest = nearestName(known, instance);
      throw new XanoError(
        'USAGE',
        `There is no instance "${instance}"${nearest === undefined ? '.' : `; did you mean "${nearest}"?`}`,
        { hint: `This token sees: ${instances.join(', ') || 'no instance'}.` },
      );
    }
  }

  settings.save(name, {
    token: value,
    ...(expires === undefined ? {} : { expires }),
    saved_at: new Date(context.now()).toISOString(),
    ...(instance === undefined ? {} : { instance }),
    ...(account_origin === ACCOUNT_ORIGIN ? {} : { account_origin }),
  });
  printer.result(printable(`Logged in as ${me.email} (profile "${name}").`));
  printer.result(printable(`Instances: ${instances.join(', ') || 'none'}`));
  printer.result(`Scopes: Xano does not tell them; \`xano discover\` shows what this token may see.`);
  printer.result(
    `Ends: ${endInWords(status, context.now(), await import('../text.js'), await import('../../index.js'))}`,
  );
  printer.result(printable(`Kept in ${settings.path}, readable by you alone.`));
  sayWhatWins(context, printer);
  return 0;
}

/** Otherwise nobody would understand which token is used from now on. */
function sayWhatWins(context: Context, printer: Printer): void {
  if ((context.env['XANO_TOKEN'] ?? '').trim() !== '')
    printer.note('XANO_TOKEN is set: as long as it is, its token is used and not the stored one.');
}

type Words = typeof import('../text.js');
type Library = typeof import('../../index.js');

function endInWords(
  status: import('../../index.js').TokenStatus,
  now: number,
  words: Words,
  library: Library,
): string {
  if (status.state === 'unknown') return library.basisInWords(status);
  if (status.expires_at === null) return `never (${library.basisInWords(status)})`;
  const left = Date.parse(status.expires_at) - now;
  const when = left <= 0 ? 'over' : `in ${words.timeLeft(left)}`;
  return `${status.expires_at}, ${when} (${library.basisInWords(status)})`;
}

async function readAll(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8').trim();
}

/** Asks without echo. Throws USAGE where nobody can be asked. */
async function askForToken(context: Context): Promise<string> {
  const { XanoError } = await import('../../index.js');
  if (!context.stdin.is_terminal)
    throw new XanoError('USAGE', 'There is no terminal to ask for the token.', {
      hint: 'Pipe it in: printf %s "$TOKEN" | xano auth login --token-stdin',
    });
  const { isCancel, password } = await import('@clack/prompts');
  const answer = await password({
    message: 'Access token (not shown as you paste it):',
    // An empty mask shows nothing, not even how long the token is.
    mask: '',
    input: context.stdin.stream,
    output: context.stderr.stream as Writable,
    signal: context.signal,
  });
  if (isCancel(answer))
    throw new XanoError('INTERRUPTED', 'Nothing was stored.', { hint: 'Run `xano auth login` again.' });
  return answer ?? '';
}

async function status(flags: StatusFlags, context: Context): Promise<number> {
  const library = await import('../../index.js');
  const { findToken } = await import('../token-source.js');
  const { createPrinter } = await import('../output.js');
  const words = await import('../text.js');
  const printer = createPrinter(context, flags.color !== false);
  const token = findToken(flags, context);
  const instance = flagOrEnv(flags.instance, context, 'XANO_INSTANCE') ?? token.profile?.instance ?? null;
  if (flags.json === true)
    printer.json({
      token: '********',
      source: token.source,
      instance,
      ...token.status,
      basis_in_words: library.basisInWords(token.status),
    });
  else {
    printer.result(words.printable(`Token: ******** from ${token.source}`));
    printer.result(words.printable(`Instance: ${instance ?? 'any that the token sees'}`));
    printer.result(`State: ${token.status.state}`);
    printer.result(`Ends: ${endInWords(token.status, context.now(), words, library)}`);
  }
  if (token.status.state === 'expired') library.assertAlive(token.status, token.source);
  if (token.status.state === 'expiring') printer.warn('make a new token soon, then run `xano auth login`.');
  return 0;
}

async function logout(flags: XanoFlags, context: Context): Promise<number> {
  const { createPrinter } = await import('../output.js');
  const { DEFAULT_PROFILE, openSettings } = await import('../settings.js');
  const { XanoError } = await import('../../index.js');
  const name = flagOrEnv(flags.profile, context, 'XANO_PROFILE') ?? DEFAULT_PROFILE;
  const settings = openSettings(flagOrEnv(flags.configDir, context, 'XANO_CONFIG_DIR'));
  if (!settings.remove(name))
    throw new XanoError('USAGE', `Nobody is logged in: there is no profile "${name}".`, {
      hint: `Known profiles: ${settings.names().join(', ') || 'none'}.`,
    });
  const printer = createPrinter(context, flags.color !== false);
  printer.result(
    `Forgot the token of profile "${name}". It is still valid: revoke it in Xano if it is no longer needed.`,
  );
  sayWhatWins(context, printer);
  return 0;
}
