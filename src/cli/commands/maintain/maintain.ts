/**
 * `xano maintain`: expires snapshots of a DuckLake, removes files that nobody needs, and merges small ones.
 */
import { Command } from 'commander';
import type { Maintenance } from '../../../index.js';
import type { Context, Finish } from '../../context.js';
import { withOutputOptions } from '../../input/options.js';
import { type PlaceFlags, placeOptions, withPlaceOptions } from '../../input/place-options.js';
import { withProjectOption } from '../../input/project-options.js';
import { HEADINGS, withManual } from '../../output/help.js';
import type { Printer } from '../../output/output.js';

interface MaintainFlags extends PlaceFlags {
  readonly to?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly color?: boolean;
}

/** Makes `xano maintain`. */
export function maintainCommand(context: Context, finish: Finish): Command {
  const source = withProjectOption(
    new Command('maintain')
      .description('clean up a DuckLake: old snapshots, files that nobody needs, small files')
      .optionsGroup(HEADINGS.destination),
  ).option('--to <destination>', 'maintain this DuckLake: ducklake:shop.ducklake');
  const command = withPlaceOptions(source)
    .optionsGroup(HEADINGS.run)
    .option('--dry-run', 'print what it would do; change nothing')
    .optionsGroup(HEADINGS.output)
    .option('--json', 'print one JSON object')
    .action(async (flags: MaintainFlags) => finish(await runMaintain(flags, context)));
  return withManual(withOutputOptions(command, 'show the cause of an error'), {
    about:
      'xano expires snapshots older than 7 days, removes files that no snapshot has needed for a day, and merges small files, while no load publishes. These ages are fixed: younger files may belong to a load.',
    examples: [
      ['xano maintain --to ducklake:shop.ducklake --dry-run', 'print what it would do'],
      ['xano maintain --to ducklake:shop.ducklake', 'do it, once a day'],
    ],
    statuses: '0 done, 2 usage, 6 the DuckLake, or a load into it is running',
  });
}

async function runMaintain(flags: MaintainFlags, context: Context): Promise<number> {
  const { maintain, XanoError } = await import('../../../index.js');
  const { createPrinter } = await import('../../output/output.js');
  const printer = createPrinter(context, flags.color !== false);
  if (flags.to === undefined)
    throw new XanoError('USAGE', "Required option '--to <destination>' not specified.", {
      hint: 'Name a DuckLake: --to ducklake:shop.ducklake.',
    });
  const done = await maintain(flags.to, {
    dry_run: flags.dryRun === true,
    sleep: context.sleep,
    ...placeOptions(flags, context, printer),
  });
  if (flags.json === true) printer.json(done);
  else await print(done, printer);
  return 0;
}

async function print(done: Maintenance, printer: Printer): Promise<void> {
  const { printable } = await import('../../../hidden-characters.js');
  const { counted } = await import('../../output/text.js');
  const { destination, dry_run, foreign_files, ...numbers } = done;
  if (printer.stdout_is_terminal) {
    const merged = done.files_merged ?? 0;
    const parts = [
      `${counted(done.snapshots_expired, 'snapshot')} expired`,
      `${counted(done.files_removed + done.orphans_removed, 'file')} removed`,
      ...(merged === 0 ? [] : [`${counted(merged, 'file')} merged into ${done.files_created}`]),
    ];
    printer.result(printable(`${destination}${dry_run ? ' (dry run)' : ''}: ${parts.join(', ')}`));
  } else for (const [name, count] of Object.entries(numbers)) printer.result(`${name}\t${count ?? ''}`);
  if (foreign_files.length > 0)
    printer.warn(
      `${counted(foreign_files.length, 'file')} of another program lie among those of the lake, such as ${printable(foreign_files[0]!)}: no orphan was removed.`,
    );
}
