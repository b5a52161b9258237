/** The options that a command was given, for another start of this program. */
import type { Command } from 'commander';
import type { ProjectFlags } from './project-options.js';

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
    const source = command.getOptionValueSource(name);
    const isOfProject = source === 'config' && ['project', 'source'].includes(name);
    const isGiven = source === 'cli' || name === 'to' || isOfProject;
    if (!isGiven || !long || value === undefined) return [];
    if (name === 'to' && source === 'config') return destinationName(command, long);
    const values =
      typeof value === 'boolean' ? [] : Array.isArray(value) ? value.map(String) : [written(value)];
    const [, value_name = ''] = /<([a-z|]+)/.exec(option.flags) ?? [];
    return [{ name, long, values, value_name }];
  });
}

/** A project has the destination: its name finds it again, and an address may hold a password. */
function destinationName(command: Command, long: string): GivenOption[] {
  const { projectLoads = [] } = command.opts<ProjectFlags>();
  const name = projectLoads[0]?.destination;
  return name === undefined ? [] : [{ name: 'to', long, values: [name], value_name: 'name' }];
}

/** A value as it is written: a time keeps its text. */
const written = (value: unknown): string =>
  typeof value === 'object' && value !== null && 'text' in value ? String(value.text) : String(value);
