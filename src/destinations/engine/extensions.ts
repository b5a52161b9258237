/**
 * Loads DuckDB's own extensions, and installs those that are missing: DuckDB checks version and signature.
 */
import { resolve } from 'node:path';
import { XanoError } from '../../errors.js';
import type { Session } from './session.js';
import { literal, quote } from './sql.js';

/** An extension of DuckDB that is about to be downloaded. */
export interface ExtensionInstall {
  /** As DuckDB calls it: `ducklake`. */
  readonly name: string;
  /** The file that it is installed as. */
  readonly file: string;
}

/** Where extensions are, and who hears of a download. */
export interface ExtensionOptions {
  /** The folder that DuckDB finds extensions in; absent: DuckDB's own, `~/.duckdb/extensions`. */
  readonly extension_folder?: string | undefined;
  /** Called before an extension is downloaded from DuckDB's site. */
  readonly onInstall?: ((install: ExtensionInstall) => void) | undefined;
}

/**
 * Loads these extensions. DuckDB installs one that is missing, which takes the network once. Throws
 * EXTENSION_MISSING.
 */
export async function loadExtensions(
  session: Pick<Session, 'run'>,
  names: readonly string[],
  { extension_folder, onInstall = () => {} }: ExtensionOptions,
): Promise<void> {
  if (extension_folder !== undefined)
    await session.run(`SET extension_directory = ${literal(resolve(extension_folder))}`);
  for (const name of names) {
    const file = await missingFile(session, name);
    if (file === undefined) continue;
    onInstall({ name, file });
    try {
      await session.run(`INSTALL ${quote(name)}`);
      await session.run(`LOAD ${quote(name)}`);
    } catch (cause) {
      throw new XanoError(
        'EXTENSION_MISSING',
        `DuckDB cannot install its extension "${name}": ${file} is missing.`,
        {
          hint: 'Allow access to extensions.duckdb.org once, or name a folder that holds the file with --extension-dir.',
          cause,
        },
      );
    }
  }
}

/** Loads an extension; returns the file that DuckDB wants where that is not installed. */
async function missingFile(session: Pick<Session, 'run'>, name: string): Promise<string | undefined> {
  try {
    await session.run(`LOAD ${quote(name)}`);
    return undefined;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    // Text of DuckDB 1.5.5.
    const [, file] = /Extension "([^"\n]+)" not found/.exec(message) ?? [];
    if (file !== undefined) return file;
    const [line = ''] = message.split('\n');
    throw new XanoError('EXTENSION_MISSING', `DuckDB cannot load its extension "${name}": ${line}`, {
      hint: 'Remove the file, so that DuckDB installs it again, or name another folder with --extension-dir.',
      cause,
    });
  }
}
