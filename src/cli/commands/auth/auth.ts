/**
 * `xano auth`: stores a token, shows its status, removes it.
 * In: flags, a pasted token, the stored profiles.
 * Out: a stored or removed profile, and its status.
 */
import { Command, Option } from 'commander';
import { flagOrEnv } from '../../../session/context.js';
import type { Context, Finish } from '../../context.js';
import { withOutputOptions, withTokenOptions, type XanoFlags } from '../../input/options.js';
import { HEADINGS, withManual } from '../../output/help.js';
import type { Printer } from '../../output/output.js';
import { status } from './auth-status.js';

interface LoginFlags extends XanoFlags {
  readonly tokenStdin?: boolean;
  readonly expires?: string;
}

/** Makes `xano auth`. */
export function authCommand(context: Context, finish: Finish): Command {
  const auth = new Command('auth')
    .description('log in with an access token, see how long it lasts, log out')
    .helpCommand('help [command]', 'print help for a command');
  for (const command of [loginCommand, statusCommand, useCommand, logoutCommand])
    auth.addCommand(command(context, finish));
  return withManual(auth, {
    examples: [['xano auth status', 'show where the token comes from, and when it expires']],
  });
}

function loginCommand(context: Context, finish: Finish): Command {
  const command = new Command('login')
    .description(
      'prompt for a token (hidden), verify it, save it readable only by you; with --token-command, save the command and never the token',
    )
    .optionsGroup(HEADINGS.run)
    .option('--token-stdin', 'read the token from standard input')
    .addOption(
      new Option(
        '--expires <when>',
        'when the token expires, if it does not say so: 7d, 12h, never, a date',
      ).conflicts('tokenCommand'),
    )
    .action(async (flags: LoginFlags) => finish(await login(flags, context)));
  return withManual(withOutputOptions(withTokenOptions(command)), {
    examples: [
      ['xano auth login', 'prompt for the token'],
      ['xano auth login --expires 7d --profile shop', 'add a named login, and record when it expires'],
      ['printf %s "$TOKEN" | xano auth login --token-stdin', 'without a terminal'],
    ],
  });
}

function statusCommand(context: Context, finish: Finish): Command {
  const command = new Command('status')
    .description('show each token: its source, its owner, when it expires, which commands it may run')
    .optionsGroup(HEADINGS.run)
    .option('--offline', 'send no request to Xano');
  withTokenOptions(command)
    .optionsGroup(HEADINGS.output)
    .option('--json', 'print JSON')
    .action(async (flags: XanoFlags) => finish(await status(flags, context)));
  return withManual(withOutputOptions(command), {
    examples: [
      ['xano auth status', 'for people'],
      ['xano auth status --json', 'for programs; exit status 4 when the token has expired'],
    ],
  });
}

function useCommand(context: Context, finish: Finish): Command {
  const command = new Command('use')
    .description('set the default profile')
    .argument('<name>', 'name of a profile')
    .action(async (name: string, flags: XanoFlags) => finish(await use(name, flags, context)));
  return withManual(withOutputOptions(withTokenOptions(command)), {
    examples: [['xano auth use shop', 'use it when no profile is named']],
  });
}

function logoutCommand(context: Context, finish: Finish): Command {
  const command = new Command('logout')
    .description('delete the stored token')
    .action(async (flags: XanoFlags) => finish(await logout(flags, context)));
  return withManual(withOutputOptions(withTokenOptions(command)), {
    examples: [['xano auth logout --profile shop', 'delete one of several logins']],
  });
}

async function login(flags: LoginFlags, context: Context): Promise<number> {
  const { parseExpiry, XanoError } = await import('../../../index.js');
  const { logIn, planLogin } = await import('../../../session/login.js');
  const { createPrinter } = await import('../../output/output.js');
  const { printable } = await import('../../../hidden-characters.js');
  const { shellWord } = await import('../../output/text.js');
  const { endInWords, notifyOn } = await import('../../output/notes.js');
  const printer = createPrinter(context, flags.color !== false);
  const plan = planLogin(flags, context);
  const { name, settings, before, instance } = plan;
  const expires = flags.expires === undefined ? undefined : parseExpiry(flags.expires, context.now());
  const { value, source } = await givenAtLogin(flags, context);
  if (value === '')
    throw new XanoError('TOKEN_MISSING', 'No token was entered.', {
      hint: 'Paste it at the prompt, or pipe it in with --token-stdin.',
    });
  const token_command = flags.tokenStdin === true ? undefined : flags.tokenCommand;
  const { me, instances, status } = await logIn(
    plan,
    { value, source, token_command, expires },
    context,
    notifyOn(printer),
  );

  printer.result(printable(`Logged in as ${me.email} (profile "${name}").`));
  printer.result(printable(`Instances: ${instances.join(', ') || 'none'}`));
  if (before?.instance !== undefined && before.instance === instance)
    printer.result(printable(`Instance of this profile (unchanged): ${instance}`));
  printer.result('Scopes: Xano does not list them; `xano auth status` checks what this token may read.');
  printer.result(`Ends: ${endInWords(status, context.now())}`);
  printer.result(
    printable(
      token_command === undefined
        ? `Saved in ${settings.path}, readable only by you.`
        : `Saved in ${settings.path}: the command, not the token; xano runs it when it needs a token.`,
    ),
  );
  if (name !== settings.default_name())
    printer.result(
      printable(
        `Use it with --profile ${shellWord(name)}, or set it as the default: xano auth use ${shellWord(name)}`,
      ),
    );
  else printer.detail('Next: `xano discover` lists what the token can see, `xano load` loads the tables.');
  sayWhatWins(context, printer);
  return 0;
}

/** The token to store, from its most explicit source. */
async function givenAtLogin(
  flags: LoginFlags,
  context: Context,
): Promise<{ readonly value: string; readonly source: string }> {
  const { fromCommand, fromFile, tokenFromStream } = await import('../../../session/tokens/token-read.js');
  if (flags.tokenStdin === true)
    return { value: await tokenFromStream(context.stdin.stream, context), source: 'standard input' };
  if (flags.token !== undefined) return { value: flags.token.trim(), source: '--token' };
  if (flags.tokenFile !== undefined) {
    const read = await fromFile('--token-file', flags.tokenFile).read(context);
    return { value: read.trim(), source: '--token-file' };
  }
  if (flags.tokenCommand !== undefined)
    return {
      value: (await fromCommand('--token-command', flags.tokenCommand).read(context)).trim(),
      source: '--token-command',
    };
  const { askSecret } = await import('../../input/ask.js');
  const { XanoError } = await import('../../../index.js');
  if (!context.stdin.is_terminal || flags.input === false) {
    const why =
      flags.input === false
        ? 'No token was given, and --no-input disables the prompt.'
        : 'Without a terminal, xano cannot prompt for the token.';
    throw new XanoError('USAGE', why, {
      hint: 'Pipe it in: printf %s "$TOKEN" | xano auth login --token-stdin',
    });
  }
  const value = await askSecret('Access token (not shown as you paste it):', context, 'Nothing was stored.');
  return { value: value.trim(), source: 'the prompt' };
}

/** Explains which token commands will use from now on. */
function sayWhatWins(context: Context, printer: Printer): void {
  const set = ['XANO_TOKEN', 'XANO_TOKEN_FILE', 'XANO_TOKEN_COMMAND'].find(
    (name) => (context.env[name] ?? '').trim() !== '',
  );
  if (set !== undefined) printer.note(`${set} is set: xano uses its token instead of the stored one.`);
}

async function use(name: string, flags: XanoFlags, context: Context): Promise<number> {
  const { createPrinter } = await import('../../output/output.js');
  const { settingsOf } = await import('../../../session/tokens/profiles.js');
  const { didYouMean, XanoError } = await import('../../../index.js');
  const { printable } = await import('../../../hidden-characters.js');
  const { shellWord } = await import('../../output/text.js');
  const settings = settingsOf(flags, context);
  if (settings.find(name) === undefined) {
    const known = settings.names();
    throw new XanoError('USAGE', `Profile "${name}" does not exist${didYouMean(known, name)}`, {
      hint: `${known.length === 0 ? '' : `Known profiles: ${known.join(', ')}. `}Create it: \`xano auth login --profile ${shellWord(name)}\`.`,
    });
  }
  settings.use(name);
  const printer = createPrinter(context, flags.color !== false);
  printer.result(printable(`Profile "${name}" is now the default.`));
  sayWhatWins(context, printer);
  return 0;
}

async function logout(flags: XanoFlags, context: Context): Promise<number> {
  const { createPrinter } = await import('../../output/output.js');
  const { settingsOf } = await import('../../../session/tokens/profiles.js');
  const { XanoError } = await import('../../../index.js');
  const settings = settingsOf(flags, context);
  const name = flagOrEnv(flags.profile, context, 'XANO_PROFILE') ?? settings.default_name();
  const previous = settings.find(name);
  if (!settings.remove(name))
    throw new XanoError('USAGE', `No login is stored as profile "${name}".`, {
      hint:
        settings.names().length === 0
          ? 'No login is stored.'
          : `Name one with --profile: ${settings.names().join(', ')}.`,
    });
  const printer = createPrinter(context, flags.color !== false);
  printer.result(
    previous?.token_command === undefined
      ? `Forgot the token of profile "${name}". It is still valid: revoke it in Xano if you no longer need it.`
      : `Forgot profile "${name}" and its command.`,
  );
  sayWhatWins(context, printer);
  return 0;
}
