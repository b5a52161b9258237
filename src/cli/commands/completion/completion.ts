/**
 * `xano completion`: prints a completion script for a shell.
 * In: the name of a shell, and the command tree.
 * Out: the script on stdout.
 */
import { Argument, Command } from 'commander';
import type { Context, Finish } from '../../context.js';
import { withManual } from '../../output/help.js';
import { completionScript, SHELLS, type Shell } from './scripts.js';

/** Makes `xano completion`. */
export function completionCommand(context: Context, finish: Finish): Command {
  const command = new Command('completion')
    .description('print a shell script that completes commands and flags')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action((shell: Shell, _flags: unknown, command: Command) => {
      context.stdout.stream.write(completionScript(shell, command.parent ?? command));
      finish(0);
    });
  return withManual(command, {
    examples: [
      ['source <(xano completion bash)', 'in ~/.bashrc'],
      ['source <(xano completion zsh)', 'in ~/.zshrc, below compinit'],
      ['xano completion fish | source', 'in ~/.config/fish/config.fish'],
    ],
  });
}
