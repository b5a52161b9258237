/**
 * The user's input to a command: options, answers to prompts, and config files.
 * In: the command line, the terminal, files.
 * Out: options with one meaning each, and errors of usage.
 * This file has the options of several commands.
 */
import type { Command } from 'commander';
import type { SessionFlags } from '../../session/context.js';
import { HEADINGS } from '../output/help.js';
import { type ProjectFlags, withProjectOption } from './project-options.js';

/** Options as given on the command line. */
export interface XanoFlags
  extends SessionFlags,
    Pick<ProjectFlags, 'project' | 'source' | 'projectLoads' | 'projectFacts'> {
  readonly debug?: boolean;
  readonly color?: boolean;
  /** Of commands that print JSON. */
  readonly json?: boolean;
  /** False where no questions are allowed. */
  readonly input?: boolean;
}

/** Begins the options of a source with those of a workspace. */
export function withWorkspaceOptions(command: Command): Command {
  return withProjectOption(command.optionsGroup(HEADINGS.source))
    .option('--source <name>', 'use this source of a project with several')
    .option('--workspace <name|id>', 'read this workspace, by name or id (XANO_WORKSPACE)')
    .option('--data-source <label>', 'read this data source instead of live (XANO_DATA_SOURCE)');
}

/** Adds the options for a token, its storage and its servers, of a command that may prompt. */
export function withTokenOptions(command: Command): Command {
  return withTokenSource(
    command.optionsGroup(HEADINGS.run).option('--no-input', 'never prompt, even on a terminal'),
  );
}

/** Adds the options for a token, its storage and its servers. */
export function withTokenSource(command: Command): Command {
  return command
    .optionsGroup(HEADINGS.token)
    .option('--token <token>', 'access token; XANO_TOKEN is safer, since other users can see flags')
    .option(
      '--token-file <file>',
      'read the access token from this file, again when it is refused (XANO_TOKEN_FILE)',
    )
    .option(
      '--token-command <command>',
      'run this program for the access token, again when it is refused (XANO_TOKEN_COMMAND)',
    )
    .option('--profile <name>', 'use this stored login (XANO_PROFILE)')
    .option('--instance <name|url>', 'use this instance, by name or https:// address (XANO_INSTANCE)')
    .option('--account-origin <url>', 'find the Account API here (XANO_ACCOUNT_ORIGIN)')
    .option('--config-dir <folder>', 'keep settings in this folder (XANO_CONFIG_DIR)');
}

/** Adds the options for output, and those that every command takes. */
export function withOutputOptions(
  command: Command,
  debug = 'show the request and the cause of an error',
): Command {
  return command
    .optionsGroup(HEADINGS.output)
    .option('--no-color', 'print without colours (NO_COLOR)')
    .option('--debug', debug);
}
