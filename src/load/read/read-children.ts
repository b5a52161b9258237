/** A list that each record of another resource has: all of them are read into one table, in the order of their parents. */
import { createHash } from 'node:crypto';
import type { RowsFound } from '../../destinations/destination.js';
import { XanoError } from '../../errors.js';
import { nearestName } from '../../names.js';
import { bindEndpoint } from '../../rest/config/bind.js';
import type { EndpointConfig, ResolvedEndpoint } from '../../rest/config/endpoint-config.js';
import { includedName, isErrorStatus, isIgnored } from '../../rest/config/parent.js';
import type { Constant } from '../../rest/decode/record-schema.js';
import type { RequestContext } from '../../rest/http/messages.js';
import type { PageRequest } from '../../rest/http/request.js';
import { askPage } from '../../rest/paging/ask-page.js';
import { countRecords, keysOfPage } from '../../rest/paging/list-queries.js';
import type { Page } from '../../rest/paging/page.js';
import { createPageReader, type LinkedAnswer } from '../../rest/paging/page-reader.js';
import { firstPage } from '../../rest/paging/paginators.js';
import { readPages } from '../../rest/paging/read-pages.js';
import type { Column } from '../../table/column.js';
import {
  followFailures,
  isOfOneParent,
  isWithoutList,
  type LostParent,
  NO_LOSSES,
  type ParentLosses,
  rowsOfParents,
  withNotRead,
  withoutList,
} from './parent-failures.js';
import type { ReadContext, ReadResult } from './read-list.js';
import { type ChildProgress, createPageStager, type Progress, parseCheckpoint } from './stage-pages.js';

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
export async function readChildren(reading: ReadContext, parents: Parents): Promise<ReadResult> {
  const resume = parseCheckpoint(reading.checkpoint);
  if (resume === undefined) return readFrom(reading, parents, undefined);
  const kept = resume.parents ?? NOTHING_DONE;
  const reason =
    (await digestOf(parents, kept.done)) === kept.digest
      ? undefined
      : `the records of "${reading.config.parent?.resource}" are others now`;
  const { last, request, after } = resume;
  const already_in_target = reason ?? (await whyMoved(reading, { last, request, after }));
  if (already_in_target === undefined) return readFrom(reading, parents, { ...kept, request });
  reading.on_change({
    from: 'where it stopped',
    to: 'the start',
    reason: already_in_target,
    read_by: reading.config.pagination.type,
  });
  await reading.writer.clear();
  reading.on_restart();
  return readFrom({ ...reading, checkpoint: null }, parents, undefined);
}

/** In the middle of a list, its last row must be where it was: otherwise rows have moved across the break. */
async function whyMoved(
  { config, http, sender }: ReadContext,
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

/** A parent's list that is asked for before its turn. */
interface Asked {
  readonly row: readonly string[];
  /** What cannot be a part of an address has no list to ask for. */
  readonly child: BoundList | XanoError;
}

interface BoundList {
  readonly config: ResolvedEndpoint;
  readonly constants: readonly Constant[];
  readonly from: PageRequest | undefined;
  readonly answer: Promise<LinkedAnswer>;
}

/** Failed lists are asked for less often once there were some: records that the server cannot give are not waited for, one after the other. */
const ATTEMPTS_AFTER_FAILURE = 3;
/** After so many failures in a row, the token is tried with a list that it could read before. */
const SUSPICIOUS = 5;

async function readFrom(
  reading: ReadContext,
  parents: Parents,
  kept: (ChildProgress & { readonly request: PageRequest | null }) | undefined,
): Promise<ReadResult> {
  const { http } = reading;
  const { found } = parents;
  const config = kept === undefined ? await withIncluded(reading, found) : reading.config;
  const { rejected = 0, after = null, last = null } = parseCheckpoint(reading.checkpoint) ?? {};
  const progress: Progress = { pages: 0, compared: false, rejected, after, last };
  progress.parents = kept ?? NOTHING_DONE;
  const taker = createPageStager(reading, config, progress, null, reading.checkpoint);
  const reader = createPageReader(config, taker.columns());
  const rows = found.rows();
  for (let skip = progress.parents.done; skip > 0; skip--) await rows.next();

  const soFar = (): ChildProgress => progress.parents ?? NOTHING_DONE;
  const losses = (): ParentLosses => soFar().losses ?? NO_LOSSES;
  const listsRead = (): number => soFar().done - losses().not_read.length - losses().no_list.count;
  const sender = (): RequestContext =>
    losses().not_read.length === 0 ? reading.sender : { ...reading.sender, attempts: ATTEMPTS_AFTER_FAILURE };

  const asked: Asked[] = [];
  let resumed = kept?.request ?? undefined;
  const askNext = async (release?: () => void): Promise<boolean> => {
    const { value: row, done } = await rows.next();
    if (done === true) {
      release?.();
      return false;
    }
    const from = resumed;
    resumed = undefined;
    let child: ReturnType<typeof childOf<ResolvedEndpoint>>;
    try {
      child = childOf(config, found, row);
    } catch (thrown) {
      release?.();
      if (!(thrown instanceof XanoError)) throw thrown;
      asked.push({ row, child: thrown });
      return true;
    }
    const options = { http, sender: sender(), reader, columns: [], constants: child.constants };
    const first = { first: from === undefined };
    const answer = askPage(child.config, from ?? firstPage(child.config), options, first);
    // It is awaited in its turn; should the reader stop before that, its failure concerns nobody.
    answer.catch(() => {}).finally(() => release?.());
    asked.push({ row, child: { ...child, from, answer } });
    return true;
  };
  const askAhead = async (): Promise<void> => {
    if (asked.length === 0 && !(await askNext())) return;
    while (reading.side_by_side && asked.length < MOST_AHEAD) {
      const release = http.lane(config.base_url);
      if (release === undefined || !(await askNext(release))) return;
    }
  };

  const streak = followFailures();
  let first_loss: XanoError | undefined;
  let lastRead: ResolvedEndpoint | undefined;
  /** Throws where the token was refused for a list that it could read before: then it is over, and no record's own. */
  const assertAllowed = async (error: XanoError): Promise<void> => {
    if (lastRead === undefined || !/^(TOKEN|SCOPE)_/.test(error.code)) return;
    const options = { http, sender: sender(), reader, columns: [] };
    await askPage(lastRead, firstPage(lastRead), options, { first: true }).catch((thrown: unknown) => {
      if (thrown instanceof XanoError && /^TOKEN_/.test(thrown.code)) throw thrown;
    });
  };

  async function* pages(): AsyncGenerator<Page> {
    let failure: XanoError | undefined;
    for (;;) {
      await askAhead();
      const next = asked.shift();
      if (next === undefined) break;
      const { row, child } = next;
      const before = soFar();
      let read = before.rows;
      let counted: number | null = null;
      const finish = (total: number | null, lost?: ParentLosses): void => {
        const expected = before.expected === null || total === null ? null : before.expected + total;
        progress.parents = {
          done: before.done + 1,
          digest: digestWith(before.digest, row),
          expected,
          rows: 0,
          ...(lost === undefined
            ? before.losses === undefined
              ? {}
              : { losses: before.losses }
            : { losses: lost }),
        };
      };
      try {
        if (child instanceof XanoError) throw child;
        const from =
          child.from === undefined
            ? {}
            : { from: child.from, after: after ?? undefined, last: last ?? undefined, rows: read };
        const options = { http, sender: sender(), reader, columns: [], constants: child.constants, ...from };
        let implied = 0;
        for await (const page of readPages(child.config, { ...options, asked: child.answer })) {
          read += page.count;
          implied = page.implied_total ?? implied;
          if (page.next === null) {
            if (implied > read)
              throw new XanoError(
                'INCOMPLETE',
                `An answer counts ${implied} records of this list, but ${read} arrived.`,
                { hint: "Correct the pagination, or set total_path to '' if no field counts the records." },
              );
            // Where the last answer does not agree, the list is counted once more.
            counted = page.total === read ? read : await countRecords(child.config, http, {}, sender());
            finish(counted);
          } else progress.parents = { ...before, rows: read };
          // What one list counts says nothing of all of them.
          yield { ...page, total: null };
        }
        failure = undefined;
        streak.read();
        lastRead = child.config;
      } catch (thrown) {
        if (read === 0 && isIgnored(config, thrown)) {
          finish(0);
          continue;
        }
        if (thrown !== child && !isOfOneParent(thrown)) throw thrown;
        // It is an error of one parent, or of its address.
        const error = thrown as XanoError;
        if (isErrorStatus(config, error.request?.status)) throw error;
        const parent = boundOf(config, found, row);
        if (read === 0 && isWithoutList(error)) finish(null, withoutList(losses(), parent, error));
        else {
          reading.on_parent_lost?.(parent, error);
          finish(0, withNotRead(losses(), parent, error, read > 0));
        }
        first_loss ??= error;
        streak.failed(error, listsRead());
        failure = error;
        if (streak.length() === SUSPICIOUS) await assertAllowed(error);
      }
    }
    if (failure !== undefined) await assertAllowed(failure);
    // Where not one list could be read, it is none of the records.
    if (listsRead() === 0 && first_loss !== undefined) throw first_loss;
  }

  await taker.take(pages(), { several: true });
  const halves = losses().not_read.filter(({ half }) => half === true);
  const ofHalves = rowsOfParents(config, halves);
  if (halves.length > 0 && ofHalves !== undefined) await reading.writer.forgetRows(ofHalves);
  return {
    rows_expected: soFar().expected,
    config: reading.config,
    moved: false,
    window: null,
    range: null,
    partial: parents.only_new || losses().not_read.length > 0,
    losses: losses(),
    taker,
  };
}

/** The values of a parent that its list is asked for with. */
function boundOf(
  { parent }: EndpointConfig,
  { columns }: RowsFound,
  row: readonly string[],
): LostParent['parent'] {
  const bound = new Set(Object.values(parent?.bind ?? {}));
  return Object.fromEntries(
    columns.flatMap(({ name }, at) => (bound.has(name) ? [[name, row[at] ?? 'null']] : [])),
  );
}

/** The config with the columns that rows get of their parents, of the types that they have there. */
async function withIncluded(
  { config, writer, on_column }: ReadContext,
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
  if (included.length > 0) await writer.widen(...included);
  for (const column of included) on_column(column);
  return { ...config, columns: [...own, ...included] };
}
