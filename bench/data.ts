/** The records on disk: made once, kept under `bench/.data` until another number of rows is wanted. */
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFlights } from './flights.js';
import { writeOrders } from './orders.js';
import { assertIdsFit, type Facts, type Gaps, type SetName } from './sets.js';

/** Another number where the records themselves are made differently: what is cached is then made anew. */
const VERSION = 1;

/** A file of records. */
export interface DataFile {
  readonly set: SetName;
  readonly gaps: Gaps;
  readonly file: string;
  readonly bytes: number;
  readonly facts: Facts;
}

/** The records of a set, made where they are not there yet. Flights are at most three million. */
export async function dataFile(folder: string, set: SetName, rows: number, gaps: Gaps): Promise<DataFile> {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${set}-${rows}-${gaps}-v${VERSION}.ndjson`);
  const described = `${file}.json`;
  if (!existsSync(described) || !existsSync(file)) {
    assertIdsFit(rows, gaps);
    const checkpoint = `${file}.part`;
    const facts =
      set === 'flights'
        ? await writeFlights(checkpoint, rows, gaps)
        : writeOrders(checkpoint, rows, gaps, set === 'tracked');
    renameSync(checkpoint, file);
    writeFileSync(described, JSON.stringify(facts));
  }
  const facts = JSON.parse(readFileSync(described, 'utf8')) as Facts;
  return { set, gaps, file, bytes: statSync(file).size, facts };
}
