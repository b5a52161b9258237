/**
 * `xano export`: writes tables of a loaded target into files for other programs.
 * In: a loaded target, and the names of tables.
 * Out: a file for each table.
 */
import { Command } from 'commander';
import type { Context, Finish } from '../../context.js';
import { withManual } from '../../output/help.js';
import { dbtCommand } from './dbt-command.js';
import { tableCommands } from './table-commands.js';

/** Makes `xano export`. */
export function exportCommand(context: Context, finish: Finish): Command {
  const command = new Command('export')
    .description(
      'write tables of a loaded target into files: CSV, JSON Lines, Excel, Parquet; or describe them to dbt',
    )
    .helpCommand('help [command]', 'print help for a command');
  for (const made of [...tableCommands(context, finish), dbtCommand(context, finish)])
    command.addCommand(made);
  return withManual(command, {
    examples: [
      ['xano export csv --to shop.duckdb --out csv', 'write a CSV file for each table'],
      ['xano export xlsx orders customers --out excel', 'write a workbook for each of two tables'],
    ],
  });
}
