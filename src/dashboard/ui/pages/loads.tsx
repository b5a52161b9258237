/** Past loads. */
import type { StatusAnswer } from '../../answers.js';
import { Empty } from '../parts/failure.js';
import { LoadsTable } from '../parts/loads-table.js';

/** Draws the list of loads. */
export function Loads({ status }: { readonly status: StatusAnswer }) {
  return (
    <>
      <h1>Loads</h1>
      {status.loads.length === 0 ? (
        <Empty title="No load yet." hint="Run `xano load` in a terminal." />
      ) : (
        <LoadsTable loads={status.loads} isRunning={status.staging?.state === 'in_use'} />
      )}
    </>
  );
}
