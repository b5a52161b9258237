/** A workspace of open data: what other people wrote down, with all its oddities. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parseCsv } from './csv.js';
import { defineWorkspace } from './define.js';
import type { LocalTable, LocalWorkspace } from './model.js';
import { elementsOf, isJsonText, membersOf } from './raw-json.js';
import { type RawRecord, tableOfRecords } from './raw-table.js';

/** A table and the file it comes from; in a JSON file, `list` names the member that holds the records. */
interface Source {
  readonly table: string;
  readonly file: string;
  readonly list?: string;
}

/** The tables of the workspace, and the files of the package they are made from. */
export const OPEN_DATA: readonly Source[] = [
  { table: 'movies', file: 'movies.json' },
  { table: 'flights', file: 'flights-20k.json' },
  { table: 'penguins', file: 'penguins.json' },
  { table: 'countries', file: 'countries.json' },
  { table: 'cars', file: 'cars.json' },
  { table: 'airports', file: 'airports.csv' },
  { table: 'earthquakes', file: 'earthquakes.json', list: 'features' },
  { table: 'gapminder', file: 'gapminder.json' },
  { table: 'population', file: 'population.json' },
  { table: 'seattle weather', file: 'seattle-weather.csv' },
];

/**
 * The workspace "Open data", made from the files of the npm package `vega-datasets` (BSD-3-Clause; its
 * `datapackage.json` names the source and licence of each file: the penguins are CC0, the earthquakes and the
 * weather works of the United States government, Gapminder's figures CC BY 4.0, the movies without a stated
 * licence), or undefined where that package is not installed. Nothing of it is copied into this project.
 */
export async function loadOpenData(): Promise<LocalWorkspace | undefined> {
  const folder = dataFolder();
  if (folder === undefined) return undefined;
  const tables = await Promise.all(OPEN_DATA.map((source, at) => readTable(folder, source, 101 + at)));
  return defineWorkspace(2, 'Open data', 'Made from the npm package vega-datasets', tables);
}

function dataFolder(): string | undefined {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('vega-datasets')), '..', 'data');
  } catch {
    return undefined;
  }
}

async function readTable(folder: string, source: Source, id: number): Promise<LocalTable> {
  const text = (await readFile(join(folder, source.file), 'utf8')).replace(/^\uFEFF/, '');
  const records = source.file.endsWith('.csv') ? recordsOfCsv(text) : recordsOfJson(text, source.list);
  return tableOfRecords(id, source.table, records);
}

function recordsOfJson(text: string, list: string | undefined): readonly RawRecord[] {
  const array = list === undefined ? text : membersOf(text).find(({ name }) => name === list)?.text;
  if (array === undefined) throw new Error(`There is no list ${list}`);
  return elementsOf(array).map(
    (element) => new Map(membersOf(element).map(({ name, text: value }) => [name, value])),
  );
}

// Where all cells of a column are JSON numbers or empty they are numbers, as spelled, and null; otherwise
// they are text.
function recordsOfCsv(text: string): readonly RawRecord[] {
  const [header = [], ...lines] = parseCsv(text);
  const numeric = header.map((_, at) => lines.every((line) => line[at] === '' || isJsonNumber(line[at]!)));
  return lines.map(
    (line) =>
      new Map(
        header.map((name, at) => {
          const cell = line[at] ?? '';
          return [name, numeric[at] === true ? cell || 'null' : JSON.stringify(cell)];
        }),
      ),
  );
}

function isJsonNumber(cell: string): boolean {
  return /^-?\d/.test(cell) && isJsonText(cell);
}
