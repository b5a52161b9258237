/** Options of commands that open a destination: where DuckDB finds what it needs for some of them. */
import type { Command } from 'commander';
import type { PlaceOptions } from '../../index.js';
import type { Context } from '../context.js';
import type { Printer } from '../output/output.js';

/** As given on the command line. */
export interface PlaceFlags {
  readonly extensionDir?: string;
  /** Only of commands that stage rows, or show those that are staged. */
  readonly staging?: string;
}

/** Adds the option of where DuckDB's extensions are. */
export function withPlaceOptions(command: Command): Command {
  return command.option(
    '--extension-dir <folder>',
    "find DuckDB's extensions here, for a DuckLake (XANO_EXTENSION_DIR)",
  );
}

/** What opening a destination takes of the command line. A download is said in a line on stderr. */
export function placeOptions(
  { extensionDir, staging }: PlaceFlags,
  { env }: Pick<Context, 'env'>,
  printer: Pick<Printer, 'note'>,
): Omit<PlaceOptions, 'dataset'> {
  const told = new Set<string>();
  return {
    staging_folder: staging,
    extension_folder: extensionDir ?? (env['XANO_EXTENSION_DIR'] || undefined),
    onInstall: ({ name, file }) => {
      if (!told.has(name))
        printer.note(`Installing DuckDB's extension "${name}" from extensions.duckdb.org, once: ${file}`);
      told.add(name);
    },
  };
}
