/** Buttons that save all rows of a table or of a query as a file. */
import { useSignal } from '@preact/signals';
import type { DownloadAnswer } from '../../answers.js';
import { type Failure, post } from '../server.js';
import { FailureNote } from './failure.js';

const FORMATS = ['csv', 'json', 'parquet'] as const;

/** The buttons, with what is true of such a file. `of`: a table by its full name, or SQL. */
export function DownloadButtons({
  of,
}: {
  readonly of: { readonly table: string } | { readonly sql: string };
}) {
  const failure = useSignal<Failure | undefined>(undefined);
  const isBusy = useSignal(false);
  const save = async (format: (typeof FORMATS)[number]): Promise<void> => {
    isBusy.value = true;
    const asked = await post<DownloadAnswer>('/api/downloads', { ...of, format });
    isBusy.value = false;
    failure.value = 'failure' in asked ? asked.failure : undefined;
    if ('answer' in asked) follow(asked.answer);
  };
  return (
    <div class="downloads">
      <div class="tools">
        <span class="quiet">Download all rows</span>
        <div class="joined">
          {FORMATS.map((format) => (
            <button key={format} type="button" disabled={isBusy.value} onClick={() => void save(format)}>
              {format === 'parquet' ? 'Parquet' : format.toUpperCase()}
            </button>
          ))}
        </div>
      </div>
      <p class="quiet small">
        At most 5 minutes a file. CSV keeps cells that begin with =, +, − or @ as they are: a spreadsheet may
        run them as formulas.
      </p>
      {failure.value === undefined ? null : <FailureNote failure={failure.value} />}
    </div>
  );
}

/** A link cannot carry the token: its address works once. */
function follow({ path, name }: DownloadAnswer): void {
  const link = document.createElement('a');
  link.href = path;
  link.download = name;
  link.click();
}
