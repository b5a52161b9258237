/** Rows of a query as the text of a file. */
import { csvLine, type QueryValue, type RunningQuery, valueAsJson, valueAsText } from '../index.js';

/** Writes a running query as text, as fast as the reader takes it. */
export type WriteRows = (query: RunningQuery, write: (text: string) => Promise<void>) => Promise<void>;

/** The text of a cell; null for NULL. `column`: its position. */
export type CellText = (value: QueryValue, column: number) => string | null;

/** CSV as RFC 4180 has it: a heading, lines that end in CR LF, NULL as nothing, an empty text as `""`. */
export const csvWriter =
  (textOf: CellText): WriteRows =>
  async ({ columns, batches }, write) => {
    const line = (values: readonly QueryValue[]): string => `${csvLine(values.map(textOf))}\r\n`;
    await write(line(columns.map(({ name }) => name)));
    for await (const batch of batches()) await write(batch.map(line).join(''));
  };

/** CSV with a heading, as `xano query --csv` prints it. */
export const writeCsv: WriteRows = csvWriter(valueAsText);

/** An array with an object a row, each on a line of its own, as `xano query --json` prints it. */
export const writeJson: WriteRows = async (query, write) => {
  let between = '[\n';
  for await (const objects of objectsOf(query)) {
    await write(between + objects.map((object) => `  ${object}`).join(',\n'));
    between = ',\n';
  }
  await write(between === '[\n' ? '[]\n' : '\n]\n');
};

/** An object a row, each on a line of its own, and nothing between them. */
export const writeJsonLines: WriteRows = async (query, write) => {
  for await (const objects of objectsOf(query)) await write(objects.map((object) => `${object}\n`).join(''));
};

/** Rows as JSON objects without line breaks, some thousand at a time. */
async function* objectsOf({ columns, batches }: RunningQuery): AsyncGenerator<string[]> {
  const keys = columns.map(({ name }) => JSON.stringify(name));
  for await (const batch of batches())
    yield batch.map((row) => `{${row.map((value, i) => `${keys[i]}:${valueAsJson(value)}`).join(',')}}`);
}
