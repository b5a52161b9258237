/** A list that each record of another resource has: all of them are read into one table, in the order of their parents. */
import { createHash } from 'node:crypto';
import type { RowsFound } from '../destinations/destination.js';
import { XanoError } from '../errors.js';
import { nearestName } from '../names.js';
import { bindEndpoint } from '../rest/bind.js';
import type { EndpointConfig, ResolvedEndpoint } from '../rest/config.js';
import { createPageReader, type LinkedAnswer, type Page } from '../rest/page.js';
import { askPage, countRecords, keysOfPage, readPages } from '../rest/pages.js';
import { firstPage, type PageRequest } from '../rest/paginate.js';
import { includedName, isIgnored } from '../rest/parent.js';
import type { Constant } from '../rest/record-shape.js';
import type { Column } from '../target.js';
import type { Reading, ReadResult } from './read.js';
import { type ChildProgress, createTaker, type Progress, parseResume } from './take.js';

/** So many lists are asked for before their turn, as far as the server bears it. */
const MOST_AHEAD = 8;

/** The rows that lists are read for, and what is taken of them. */
export interface Parents {
  readonly found: RowsFound;
  /** Only what is new among them: the lists of the others are as they were. */
  readonly only_new: boolean;
}

/** Throws CONFIG_INVALID where the parent lacks a column that is bound or included. */
export function assertColumns({ name, parent }: EndpointConfig, { columns, is_empty }: RowsFound): void {
  if (is_empty) return;
  const wanted = [...Object.values(parent?.bind ?? {}), ...(parent?.include ?? [])];
  const known = columns.map((column) => column.name);
  const missing = wanted.find((column) => !known.includes(column));
  if (missing === undefined) return;
  const nearest = nearestName(known, missing);
  throw new XanoError(
    'CONFIG_INVALID',
    `"${name}" wants the column "${missing}" of "${parent?.resource}", which has none of that name${nearest === undefined ? '.' : `; did you mean "${nearest}"?`}`,
  );
}

/** The config of one parent's list, and what its records get of the parent. */
export function childOf<C extends EndpointConfig>(
  config: C,
  { columns }: RowsFound,
  row: readonly string[],
): { readonly config: C; readonly constants: readonly Constant[] } {
  const { resource, bind = {}, include = [] } = config.parent ?? { resource: '' };
  const value = (column: string): string => row[columns.findIndex(({ name }) => name === column)] ?? 'null';
  const values = new Map(Object.entries(bind).map(([name, column]) => [name, value(column)]));
  const constants = include.map((column) => ({ name: includedName(resource, column), json: value(column) }));
  return { config: bindEndpoint(config, values), constants };
}

/** Reads the lists of all parents, going on where an earlier load stopped. Throws the XanoError that ended it. */
export async function readChildren(reading: Reading, parents: Parents): Promise<ReadResult> {
  const resume = parseResume(reading.unfinished);
  if (resume === undefined) return readFrom(reading, parents, undefined);
  const kept = resume.parents ?? NOTHING_DONE;
  const because =
    (await digestOf(parents, kept.done)) === kept.digest
      ? undefined
      : `the records of "${reading.config.parent?.resource}" are others now`;
  const { last, request, after } = resume;
  const in_place = because ?? (await whyMoved(reading, { last, request, after }));
  if (in_place === undefined) return readFrom(reading, parents, { ...kept, request });
  reading.on_change({
    from: 'where it stopped',
    to: 'the start',
    because: in_place,
    read_by: reading.config.pagination.type,
  });
  await reading.writer.clear();
  reading.on_restart();
  return readFrom({ ...reading, unfinished: null }, parents, undefined);
}

/** In the middle of a list, its last row must be where it was: otherwise rows have moved across the break. */
async function whyMoved(
  { config, http, sender }: Reading,
  {
    last,
    request,
    after,
  }: {
    readonly last: PageRequest | null;
    readonly request: PageRequest | null;
    readonly after: string | null;
  },
): Promise<string | undefined> {
  const { origin } = new URL(config.base_url);
  if ([last, request].some((kept) => kept !== null && new URL(kept.url).origin !== origin))
    return 'it was of another address';
  if (request === null || last === null) return undefined;
  const now = await keysOfPage(config, http, last, sender).catch(() => undefined);
  return after !== null && now?.last_key === after ? undefined : 'rows came or went since the last load';
}

const NOTHING_DONE: ChildProgress = { done: 0, digest: '', expected: 0, rows: 0 };

const digestWith = (digest: string, row: readonly string[]): string =>
  createHash('sha256').update(digest).update(JSON.stringify(row)).digest('hex').slice(0, 16);

/** What the first so many parents are told from others by; undefined where there are not so many. */
async function digestOf({ found }: Parents, count: number): Promise<string | undefined> {
  let digest = NOTHING_DONE.digest;
  let seen = 0;
  if (count === 0) return digest;
  for await (const row of found.rows()) {
    digest = digestWith(digest, row);
    if (++seen === count) return digest;
  }
  return undefined;
}

interface Asked {
  readonly row: readonly string[];
  readonly config: ResolvedEndpoint;
  readonly constants: readonly Constant[];
  readonly from: PageRequest | undefined;
  readonly answer: Promise<LinkedAnswer>;
}

async function readFrom(
  reading: Reading,
  parents: Parents,
  kept: (ChildProgress & { readonly request: PageRequest | null }) | undefined,
): Promise<ReadResult> {
  const { http, sender } = reading;
  const { found } = parents;
  const config = kept === undefined ? await withIncluded(reading, found) : reading.config;
  const { rejected = 0, after = null, last = null } = parseResume(reading.unfinished) ?? {};
  const progress: Progress = { pages: 0, compared: false, rejected, after, last };
  progress.parents = kept ?? NOTHING_DONE;
  const taker = createTaker(reading, config, progress, null, reading.unfinished);
  const reader = createPageReader(config, taker.columns());
  const rows = found.rows();
  for (let skip = progress.parents.done; skip > 0; skip--) await rows.next();

  const asked: Asked[] = [];
  let resumed = kept?.request ?? undefined;
  const askNext = async (release?: () => void): Promise<boolean> => {
    const { value: row, done } = await rows.next();
    if (done === true) {
      release?.();
      return false;
    }
    const child = childOf(config, found, row);
    const from = resumed;
    resumed = undefined;
    const options = { http, sender, reader, columns: [], constants: child.constants };
    const answer = askPage(child.config, from ?? firstPage(child.config), options);
    // It is awaited in its turn; should the reader stop before that, its failure concerns nobody.
    answer.catch(() => {}).finally(() => release?.());
    asked.push({ row, ...child, from, answer });
    return true;
  };
  const askAhead = async (): Promise<void> => {
    if (asked.length === 0 && !(await askNext())) return;
    while (reading.side_by_side && asked.length < MOST_AHEAD) {
      const release = http.lane(config.base_url);
      if (release === undefined || !(await askNext(release))) return;
    }
  };

  async function* pages(): AsyncGenerator<Page> {
    for (;;) {
      await askAhead();
      const child = asked.shift();
      if (child === undefined) return;
      const before = progress.parents ?? NOTHING_DONE;
      let read = before.rows;
      let counted: number | null = null;
      const finish = (total: number | null): void => {
        const expected = before.expected === null || total === null ? null : before.expected + total;
        progress.parents = {
          done: before.done + 1,
          digest: digestWith(before.digest, child.row),
          expected,
          rows: 0,
        };
      };
      try {
        const options = { http, sender, reader, columns: [], constants: child.constants, from: child.from };
        for await (const page of readPages(child.config, { ...options, asked: child.answer })) {
          read += page.count;
          if (page.next === null) {
            // Where the last answer does not agree, the list is counted once more.
            counted = page.total === read ? read : await countRecords(child.config, http, {}, sender);
            finish(counted);
          } else progress.parents = { ...before, rows: read };
          // What one list counts says nothing of all of them.
          yield { ...page, total: null };
        }
      } catch (thrown) {
        if (read > 0 || !isIgnored(config, thrown)) throw thrown;
        finish(0);
      }
    }
  }

  await taker.take(pages(), { several: true });
  return {
    rows_expected: (progress.parents ?? NOTHING_DONE).expected,
    config: reading.config,
    moved: false,
    window: null,
    range: null,
    partial: parents.only_new,
    taker,
  };
}

/** The config with the columns that rows get of their parents, of the types that they have there. */
async function withIncluded(
  { config, writer, on_column }: Reading,
  { columns }: RowsFound,
): Promise<ResolvedEndpoint> {
  const { parent, columns: own = [] } = config;
  const included = (parent?.include ?? []).flatMap((name): Column[] => {
    const column = columns.find((one) => one.name === name);
    const called = includedName(parent?.resource ?? '', name);
    if (column === undefined || own.some((one) => one.name === called)) return [];
    const { description: _, ...type } = column;
    return [{ ...type, name: called }];
  });
  for (const column of included) {
    await writer.widen(column);
    on_column(column);
  }
  return { ...config, columns: [...own, ...included] };
}
