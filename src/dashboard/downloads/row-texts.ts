/** Rows of a query as the text of a file. */
import { csvLine, type RunningQuery, valueAsJson, valueAsText } from '../../index.js';

/** Writes a running query as text, as fast as the reader takes it. */
export type WriteRows = (query: RunningQuery, write: (text: string) => Promise<void>) => Promise<void>;

/** CSV with a heading, as `xano query --csv` prints it. */
export const writeCsv: WriteRows = async ({ columns, batches }, write) => {
  await write(`${csvLine(columns.map(({ name }) => name))}\r\n`);
  for await (const batch of batches())
    await write(batch.map((row) => `${csvLine(row.map(valueAsText))}\r\n`).join(''));
};

/** An array with an object a row, each on a line of its own, as `xano query --json` prints it. */
export const writeJson: WriteRows = async ({ columns, batches }, write) => {
  const keys = columns.map(({ name }) => JSON.stringify(name));
  let between = '[\n';
  for await (const batch of batches()) {
    const objects = batch.map(
      (row) => `  {${row.map((value, i) => `${keys[i]}:${valueAsJson(value)}`).join(',')}}`,
    );
    await write(between + objects.join(',\n'));
    between = ',\n';
  }
  await write(between === '[\n' ? '[]\n' : '\n]\n');
};
