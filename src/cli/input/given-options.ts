/** The options that a command was given, for another start of this program. */
import type { Command } from 'commander';

/** An option with its values. */
export interface GivenOption {
  /** Its name in code: `tokenFile`. */
  readonly name: string;
  /** As it is written: `--token-file`. */
  readonly long: string;
  /** Empty for an option without a value. */
  readonly values: readonly string[];
  /** What its value is, as the help names it: `file`, `folder`, `destination`. */
  readonly value_name: string;
}

/** The options that were given, and `--to`, whose default the other start must not depend on. */
export function givenOptions(command: Command): GivenOption[] {
  return command.options.flatMap((option): GivenOption[] => {
    const name = option.attributeName();
    const { long } = option;
    const value: unknown = command.getOptionValue(name);
    const isGiven = name === 'to' || command.getOptionValueSource(name) === 'cli';
    if (!isGiven || !long || value === undefined) return [];
    const values =
      typeof value === 'boolean' ? [] : Array.isArray(value) ? value.map(String) : [String(value)];
    const [, value_name = ''] = /<([a-z|]+)/.exec(option.flags) ?? [];
    return [{ name, long, values, value_name }];
  });
}
