/** Turns mistakes on a command line into a sentence and a hint, with the nearest valid word. */
import type { Command, CommanderError } from 'commander';
import { nearestName, XanoError } from '../../index.js';

/** Commander's error as a USAGE error. */
export function usageError(error: CommanderError, program: Command, argv: readonly string[]): XanoError {
  const { command, path } = commandOf(program, argv);
  const seeHelp = `See \`${path} --help\`.`;
  if (error.code === 'commander.help') {
    // Commander has already printed the last command's help, and the error adds nothing.
    const [first, second] = argv;
    if (first !== 'help' || second === undefined)
      return new XanoError('USAGE', `\`${path}\` needs a subcommand.`, { hint: seeHelp });
    const names = program.commands.map((known) => known.name());
    return new XanoError('USAGE', `xano has no command "${second}".`, {
      hint: didYouMean(nearestName(names, second)) ?? 'See `xano --help`.',
    });
  }
  const [message = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const sentence =
    error.code === 'commander.unknownOption'
      ? // What stands behind the sign may be a token.
        withoutValue(message)
      : message.replace(/\.$/, '');
  const suggested = rest.join(' ').replace(/^\((.*)\)$/, '$1');
  const unquoted = error.code === 'commander.excessArguments' && path === 'xano query';
  const hint = unquoted
    ? 'Put the SQL in quotes: xano query "SELECT count(*) FROM orders".'
    : error.code === 'commander.conflictingOption'
      ? conflictHint(sentence)
      : suggested === ''
        ? didYouMean(nearest(error.code, sentence, command))
        : suggested;
  return new XanoError('USAGE', `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`, {
    hint: hint ?? seeHelp,
  });
}

/** The hint about two options that exclude each other. */
function conflictHint(sentence: string): string {
  if (sentence.includes("'--endpoints <file>'"))
    return 'Give it to `xano endpoints`, which writes that file, or edit the file.';
  return 'Remove one of them.';
}

const didYouMean = (name: string | undefined): string | undefined =>
  name === undefined ? undefined : `Did you mean ${name}?`;

/** Mistakes that commander does not detect: truncated flags, and values outside of an option's choices. */
function nearest(code: string, sentence: string, command: Command): string | undefined {
  if (code === 'commander.unknownOption') {
    const typed = /'(--[^']+)'/.exec(sentence)?.[1];
    const flags = command.options.flatMap(({ long }) => long ?? []);
    if (typed === undefined) return undefined;
    const longer = flags.filter((flag) => flag.startsWith(typed));
    return longer.length === 1 ? longer[0] : nearestName(flags, typed);
  }
  const [refusal = '', allowed] = sentence.split('. Allowed choices are ');
  const [, ...given] = refusal.split(/(?:argument|value) '/);
  const value = given.join("value '").split("' is invalid")[0];
  return allowed === undefined || value === undefined ? undefined : nearestName(allowed.split(', '), value);
}

/** The sentence about an option with an empty value after its equals sign. */
function withoutValue(sentence: string): string {
  const at = sentence.indexOf('=');
  return at < 0 || !sentence.endsWith("'") ? sentence : `${sentence.slice(0, at)}'`;
}

/** The command as far as it was recognized: its options are not in the help of the whole program. */
function commandOf(
  program: Command,
  argv: readonly string[],
): { readonly command: Command; readonly path: string } {
  let command = program;
  let path = program.name();
  for (const word of argv.filter((argument) => !argument.startsWith('-'))) {
    const sub = command.commands.find((candidate) => candidate.name() === word);
    if (sub === undefined) break;
    command = sub;
    path = `${path} ${word}`;
  }
  return { command, path };
}
