/** Where records are published: a Postgres of this program's own, and DuckDB with its extensions. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type LocalPostgres, startLocalPostgres } from '../../src/cli/commands/demo/local-postgres.js';
import { findPostgres, POSTGRES_PACKAGE } from '../../src/cli/commands/demo/postgres-binaries.js';

/** What this computer has. */
export interface Places {
  /** A database of the server; undefined where its package is not installed. */
  readonly postgres_url: string | undefined;
  /** The folder of DuckDB's extensions; undefined where nobody has set it up. */
  readonly extension_folder: string | undefined;
  readonly stop: () => Promise<void>;
}

/** Where `test/servers/run --set-up` puts them. */
const EXTENSIONS = join(import.meta.dirname, '../../../../test/servers/.venv/extensions');

/** Starts what is there, and says which rows are left out. */
export async function startPlaces(say: (line: string) => void): Promise<Places> {
  const binaries = findPostgres();
  if (binaries === undefined)
    say(
      `Postgres, and a DuckLake of many loaders, are left out: the npm package ${POSTGRES_PACKAGE} is not installed.`,
    );
  const extension_folder = [process.env['XANO_EXTENSION_DIR'], EXTENSIONS].find(
    (folder) => folder !== undefined && existsSync(folder),
  );
  if (extension_folder === undefined)
    say(
      'DuckLake is left out: set XANO_EXTENSION_DIR to a folder with the extensions of DuckDB, or run test/servers/run --set-up.',
    );
  const server: LocalPostgres | undefined =
    binaries === undefined ? undefined : await startLocalPostgres(binaries);
  return {
    postgres_url: server?.url,
    extension_folder,
    stop: async () => {
      await server?.stop();
    },
  };
}
