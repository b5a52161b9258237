/** Sends rows of DuckDB into a table of Postgres by COPY. */
import { XanoError } from '../../../../errors.js';
import { postgresTypeOf } from '../../../../table/postgres-types.js';
import type { Session } from '../../../engine/session.js';
import { quote } from '../../../engine/sql.js';
import type { Connection } from '../wire/connection.js';
import { binaryRows, COPY_HEADER, COPY_TRAILER, sentAs } from './binary-rows.js';

/** A column on its way: where it comes from in DuckDB, and where it goes in Postgres. */
export interface CopiedColumn {
  readonly name: string;
  /** As DuckDB's DESCRIBE spells it. */
  readonly type: string;
  readonly postgres_name: string;
}

/** Bytes that are sent at a time. */
const BUFFER = 1 << 20;

/** The type of Postgres that a column is sent as, which the binary form decides. */
export function copiedType(type: string): string {
  const { element, is_list } = sentAs(type);
  return postgresTypeOf(is_list ? `${element}[]` : element);
}

/**
 * Sends rows. `from` is what follows FROM in DuckDB, `into` a table of Postgres, quoted. Returns how many
 * rows the server stored. Throws what `pg` and DuckDB throw.
 */
export async function copyRows(
  session: Session,
  connection: Connection,
  columns: readonly CopiedColumn[],
  from: string,
  into: string,
): Promise<number> {
  if (columns.length === 0) throw new XanoError('BUG', 'A table without columns was sent to Postgres.');
  const names = columns.map(({ postgres_name }) => quote(postgres_name)).join(', ');
  return connection.copyIn(`COPY ${into} (${names}) FROM STDIN (FORMAT binary)`, async (send) => {
    let buffer = Buffer.allocUnsafe(BUFFER);
    let used = 0;
    const flush = async (): Promise<void> => {
      const full = buffer.subarray(0, used);
      // What was given away is sent later: the next rows need memory of their own.
      buffer = Buffer.allocUnsafe(BUFFER);
      used = 0;
      await send(full);
    };
    const put = (bytes: Uint8Array): void => {
      buffer.set(bytes, used);
      used += bytes.length;
    };
    const putLong = async (bytes: Uint8Array): Promise<void> => {
      await flush();
      if (bytes.length <= BUFFER) put(bytes);
      // DuckDB's memory is gone with its chunk.
      else await send(Buffer.from(bytes));
    };
    put(COPY_HEADER);
    await session.blobs(binaryRows(columns, from), (bytes) => {
      if (used + bytes.length > BUFFER) return putLong(bytes);
      put(bytes);
      return undefined;
    });
    if (used + COPY_TRAILER.length > BUFFER) await flush();
    put(COPY_TRAILER);
    await flush();
  });
}
