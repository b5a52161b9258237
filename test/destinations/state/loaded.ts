/**
 * A file that was loaded into, for tests that change what its state says, and what every command makes of it
 * then.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DestinationOptions } from '../../../src/destinations/create-destination.js';
import type { TargetPlan } from '../../../src/destinations/destination.js';
import { openDestination, readSchema, readStatus } from '../../../src/destinations/open.js';
import { asXanoError, type XanoError } from '../../../src/errors.js';
import { plan, publication, records, tempFolder } from '../writing.js';

/** Loads rows into a file. Throws what loading throws. */
export async function put(
  file: string,
  more: Parameters<typeof plan>[0] = {},
  rows: readonly object[] = [{ id: 1, name: 'a' }],
  options: DestinationOptions = {},
): Promise<void> {
  const wanted: TargetPlan = plan(more);
  const destination = await openDestination(file, options);
  try {
    await destination.prepare();
    const writer = await destination.openTarget(wanted);
    await writer.write(records(rows, [], wanted.target.columns), null);
    await writer.staged();
    await writer.commit(publication(wanted.load_id, rows.length));
  } finally {
    await destination.close();
  }
}

/** A new file with one table in it. */
export async function loadedFile(): Promise<string> {
  const file = join(tempFolder(), 'x.duckdb');
  await put(file);
  return file;
}

/** Every file of a folder, with what is in it. */
export function contentsOf(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder)
      .filter((name) => statSync(join(folder, name)).isFile())
      .map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex'),
      ]),
  );
}

/** What each command makes of a file: an error, or null where it worked. */
export async function whatHappens(file: string): Promise<Record<string, XanoError | null>> {
  const outcome = async (work: () => Promise<unknown>): Promise<XanoError | null> => {
    try {
      await work();
      return null;
    } catch (thrown) {
      return asXanoError(thrown);
    }
  };
  return {
    status: await outcome(() => readStatus(file)),
    schema: await outcome(() => readSchema(file)),
    load: await outcome(() => put(file, { load_id: 'load-2', write_disposition: 'merge' })),
  };
}

/** The folder of a file. */
export const folderOf = (file: string): string => dirname(file);
