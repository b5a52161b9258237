/** States as short words with a colour. The word says it; the colour repeats it. */
import type { TableReport } from '../../../session/status-report.js';
import type { ShownResource } from '../../answers.js';
import { proofOf, schema } from '../state.js';
import { COMPLETENESS, completenessOf, count, moment, type Tone } from '../words.js';

/** A word in a colour. */
export function Badge({ tone, words }: { readonly tone: Tone; readonly words: string }) {
  return <span class={`badge ${tone}`}>{words}</span>;
}

/** How complete a load left a table, or why it did not. */
export function ResultBadge({ resource }: { readonly resource: ShownResource }) {
  const { completeness, error, status } = resource;
  if (completeness === null) return <Badge tone="bad" words={error?.code ?? status} />;
  return <Badge {...COMPLETENESS[completeness]} />;
}

/** How complete a table is. It opens the proof: what the server counts, and what the table holds. */
export function Proof({ table }: { readonly table: TableReport }) {
  const { words, tone } = completenessOf(table);
  const name = `${table.schema}.${table.table}`;
  const report = proofOf(name, table.load_id);
  const isKeyed = (schema.value?.tables.find((one) => one.table === name)?.primary_key.length ?? 0) > 0;
  return (
    <details class="proof">
      <summary>
        <Badge tone={tone} words={words} />
      </summary>
      <dl>
        <dt>Xano counted</dt>
        <dd>{report === undefined ? 'in an older load' : rowsOrNone(report.rows_expected)}</dd>
        {report === undefined ? null : (
          <>
            <dt>xano read</dt>
            <dd>{count(report.rows_read)}</dd>
            {isKeyed ? (
              <>
                <dt>distinct keys</dt>
                <dd>{count(report.rows_read - (report.rows_same_key ?? 0))}</dd>
              </>
            ) : null}
          </>
        )}
        <dt>the table has</dt>
        <dd>{count(table.rows)}</dd>
        <dt>loaded</dt>
        <dd>{moment(table.loaded_at)}</dd>
      </dl>
    </details>
  );
}

const rowsOrNone = (rows: number | null): string =>
  rows === null ? 'nothing: it gives no total' : count(rows);
