/** The layout of help: a command's purpose, options under headings, examples, exit statuses. */
import { type Command, Help, type HelpConfiguration, Option } from 'commander';

/** Below this width, explanations go below their terms. */
const READABLE = 24;

/**
 * The headings of options, in the order in which help shows them: each command defines its options in this
 * order.
 */
export const HEADINGS = {
  source: 'Source:',
  destination: 'Destination:',
  existing_rows: 'Existing rows:',
  run: 'Run:',
  token: 'Token and instance:',
  output: 'Output:',
} as const;

/** The texts of a command's help beside its options. */
export interface Manual {
  /** A longer explanation after the description. */
  readonly about?: string;
  readonly examples: readonly (readonly [command: string, does: string])[];
  /** Options that change the meaning of others, or need them. */
  readonly together?: readonly (readonly [options: string, does: string])[];
  readonly environment?: string;
  readonly statuses?: string;
}

/** Commander's part of the help, in this program's layout. */
export const HELP_LAYOUT: HelpConfiguration = {
  minWidthToWrap: READABLE,
  // Where too little space is left beside the terms, explanations go below them.
  formatItem(term, termWidth, description, helper) {
    const columns = helper.helpWidth ?? 80;
    if (description === '' || columns - termWidth - 4 >= READABLE)
      return Help.prototype.formatItem.call(this, term, termWidth, description, helper);
    return `  ${term}\n${indented(helper.boxWrap(description, columns - 6), 6)}`;
  },
  subcommandTerm: (command) => command.name(),
};

/** The option that prints help, in the last group: "other" must not contain only this one. */
export function helpOption(command: Command): Option {
  const isAlone = command.options.every(({ helpGroupHeading }) => helpGroupHeading === undefined);
  return new Option('-h, --help', 'print help').helpGroup(isAlone ? 'Options:' : 'Other options:');
}

/** Adds the texts around the options of a command. */
export function withManual(command: Command, manual: Manual): Command {
  const { about, examples, together = [], environment, statuses } = manual;
  // The description of the program itself is a complete sentence.
  if (command.name() !== 'xano') {
    const summary = command.description();
    const more = about === undefined ? '' : `\n\n${about}`;
    command.summary(summary).description(`${sentence(summary)}${more}`);
  }
  return command.addHelpText('after', ({ error }) => {
    const { getOutHelpWidth, getErrHelpWidth } = command.configureOutput();
    const columns = (error ? getErrHelpWidth : getOutHelpWidth)?.() ?? 80;
    const wrap: Wrap = (text, by) =>
      indented(command.createHelp().boxWrap(text, Math.max(READABLE, columns - by)), by);
    const parts = [
      ...(together.length === 0
        ? []
        : [`Options together:\n${together.map((pair) => pairInLines(pair, wrap)).join('\n')}`]),
      ...(environment === undefined ? [] : [`Environment:\n${wrap(environment, 2)}`]),
      `Examples:\n${examplesInLines(examples, columns, wrap)}`,
      ...(statuses === undefined ? [] : [`Exit status:\n${wrap(statuses, 2)}`]),
    ];
    return `\n${parts.join('\n\n')}`;
  });
}

/** Breaks a text at words, and indents it. */
type Wrap = (text: string, by: number) => string;

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

const indented = (text: string, by: number): string => text.replace(/^/gm, ' '.repeat(by));

const pairInLines = ([term, does]: readonly [string, string], wrap: Wrap): string =>
  `${wrap(term, 2)}\n${wrap(does, 6)}`;

/**
 * Two columns if they fit, else one below the other. A command stays on one line, so that it can be copied.
 */
function examplesInLines(examples: Manual['examples'], columns: number, wrap: Wrap): string {
  const widest = Math.max(...examples.map(([command]) => command.length));
  const beside = examples.map(([command, does]) => `  ${command.padEnd(widest)}  ${does}`);
  return (
    beside.every((line) => line.length < columns)
      ? beside
      : examples.map(([command, does]) => `  ${command}\n${wrap(does, 6)}`)
  ).join('\n');
}
