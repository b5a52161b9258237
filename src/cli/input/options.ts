/** The options that several commands take. */
import type { Command } from 'commander';
import type { SessionFlags } from '../../session/context.js';
import { HEADINGS } from '../output/help.js';

/** Options as given on the command line. */
export interface XanoFlags extends SessionFlags {
  readonly debug?: boolean;
  readonly color?: boolean;
  /** Of commands that print JSON. */
  readonly json?: boolean;
  /** False where nobody may be asked anything. */
  readonly input?: boolean;
}

/** Begins the options of a source with those of a workspace. */
export function withWorkspaceOptions(command: Command): Command {
  return command
    .optionsGroup(HEADINGS.source)
    .option('--workspace <name|id>', 'workspace by name or id (XANO_WORKSPACE)')
    .option('--data-source <label>', 'data source to read, by default live (XANO_DATA_SOURCE)');
}

/** Adds the options of a token, of where it is kept and where to go with it. */
export function withTokenOptions(command: Command): Command {
  return command
    .optionsGroup(HEADINGS.run)
    .option('--no-input', 'ask nothing, even on a terminal')
    .optionsGroup(HEADINGS.token)
    .option('--token <token>', 'access token; better in XANO_TOKEN, where other users do not see it')
    .option(
      '--token-file <file>',
      'file that holds the access token, read again when it is refused (XANO_TOKEN_FILE)',
    )
    .option(
      '--token-command <command>',
      'program that prints the access token, run again when it is refused (XANO_TOKEN_COMMAND)',
    )
    .option('--profile <name>', 'stored login to use (XANO_PROFILE)')
    .option('--instance <name|url>', 'instance by name, or by its https:// address (XANO_INSTANCE)')
    .option('--account-origin <url>', 'where the Account API is (XANO_ACCOUNT_ORIGIN)')
    .option('--config-dir <folder>', 'where settings are kept (XANO_CONFIG_DIR)');
}

/** Ends the options of what is printed with those that every command takes. */
export function withOutputOptions(
  command: Command,
  debug = 'show the request and the cause of an error',
): Command {
  return command
    .optionsGroup(HEADINGS.output)
    .option('--no-color', 'no colours (NO_COLOR)')
    .option('--debug', debug);
}
