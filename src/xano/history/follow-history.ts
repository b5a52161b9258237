/**
 * Reads a history: from its newest row back to rows that are kept, and tells what may be missing between
 * them.
 * Xano documents neither the order of its pages nor that ids grow with time, so the rows themselves decide.
 */
import { amended, XanoError } from '../../errors.js';
import type { Json } from '../../json.js';
import { isUnknownPath } from '../../rest/http/failures.js';
import type { PageRequest } from '../../rest/http/request.js';
import type { RollingList, RollingStart } from '../../rest/paging/rolling/rolling-list.js';
import { REQUEST } from '../conventions.js';
import type { HistoryFacts } from './history-kinds.js';
import { outcomeOf, type ReadHistory } from './history-outcome.js';
import { type HistoryPage, type HistoryRow, readHistoryPage, writeHistoryPage } from './history-page.js';

/** Ids that are kept to recognize rows that come again: pages shift by the rows that are new meanwhile. */
const MOST_RECENT = 100_000;

/** A list in another order than the newest first is read again until nothing new appears, so many times. */
const MOST_PASSES = 4;

type Ask = (page: number | null) => Promise<HistoryPage>;

/** What one reading has seen. */
interface Reading extends ReadHistory {
  recent: Set<string>;
  older: Set<string>;
  /** Milliseconds; the times of rows that follow are not later than this, but for the lag. */
  lowest: number;
}

/** How to read a history. */
export function followHistory(facts: HistoryFacts, payloads: boolean): RollingList {
  return (start) => {
    let reading = newReading();
    const { http } = start;
    return {
      http: {
        ...http,
        // The pages that it gives are not of the client's memory.
        release: () => {},
        send: async (request, auth, accept, sender) => {
          const ask: Ask = async (page) => {
            const sent = asked(request, facts, payloads, page);
            const { body, answer } = await http
              .send(
                sent,
                auth,
                (answer) => ({ body: readHistoryPage(answer.body, facts, payloads), answer }),
                sender,
              )
              .catch((thrown: unknown) => {
                throw explained(thrown, facts);
              });
            http.release(answer.body);
            return body;
          };
          // Smaller pages begin with the first page again.
          if (request.params[REQUEST.page] === undefined) reading = newReading();
          const page = await ask(null);
          const rows = newRows(reading, page.rows, facts);
          const next = nextOf(reading, page, start, facts);
          if (next === null && !reading.in_order && reading.pages > 1)
            rows.push(...(await readAgain(reading, facts, ask)));
          return accept({ status: 200, headers: {}, body: writeHistoryPage(rows, next) });
        },
      },
      outcome: () => outcomeOf(reading, start, facts),
    };
  };
}

const newReading = (): Reading => ({
  recent: new Set(),
  older: new Set(),
  lowest: Number.POSITIVE_INFINITY,
  oldest: undefined,
  newest: undefined,
  lowest_id: undefined,
  highest_id: undefined,
  pages: 0,
  in_order: true,
  met: false,
  settled: true,
});

/** The request with what is not part of the list's identity. */
function asked(
  request: PageRequest,
  { kind }: HistoryFacts,
  payloads: boolean,
  page: number | null,
): PageRequest {
  const output = payloads && kind === 'requests' ? { include_output: 'true' } : {};
  const at = page === null ? {} : { [REQUEST.page]: String(page) };
  return { ...request, params: { ...request.params, ...output, ...at } };
}

/** The rows of a page that have not come before in this reading; notes what they tell. */
function newRows(reading: Reading, rows: readonly HistoryRow[], facts: HistoryFacts): HistoryRow[] {
  reading.pages++;
  return rows.filter((row) => {
    if (reading.recent.has(row.id) || reading.older.has(row.id)) return false;
    note(reading, row, facts);
    return true;
  });
}

function note(reading: Reading, { id, at }: HistoryRow, { lag_ms }: HistoryFacts): void {
  if (reading.in_order && reading.recent.size >= MOST_RECENT) {
    reading.older = reading.recent;
    reading.recent = new Set();
  }
  reading.recent.add(id);
  const number = BigInt(id);
  if (reading.lowest_id === undefined || number < reading.lowest_id) reading.lowest_id = number;
  if (reading.highest_id === undefined || number > reading.highest_id) reading.highest_id = number;
  if (at === undefined || at > reading.lowest + lag_ms) reading.in_order = false;
  if (at === undefined) return;
  reading.lowest = Math.min(reading.lowest, at);
  if (reading.oldest === undefined || at < reading.oldest) reading.oldest = at;
  if (reading.newest === undefined || at > reading.newest.at) reading.newest = { id, at };
}

/** The next page, as the server sends it; null once everything that follows is kept. */
function nextOf(
  reading: Reading,
  page: HistoryPage,
  { coverage }: RollingStart,
  { lag_ms }: HistoryFacts,
): Json {
  const newest = coverage?.newest ?? null;
  if (newest === null) return page.next;
  reading.met ||= page.rows.some(({ id }) => id === newest.id);
  const isPast = reading.lowest < Date.parse(newest.at) - lag_ms;
  return reading.met && reading.in_order && isPast ? null : page.next;
}

/**
 * Reads a list in an unknown order again: rows that were dropped meanwhile may have moved others to pages
 * that were read before. Gives the rows that had been missed.
 */
async function readAgain(reading: Reading, facts: HistoryFacts, ask: Ask): Promise<HistoryRow[]> {
  const missed: HistoryRow[] = [];
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const found: HistoryRow[] = [];
    const newest = reading.newest?.at ?? Number.NEGATIVE_INFINITY;
    for (let page = 1; ; page++) {
      const answer = await ask(page);
      found.push(...newRows(reading, answer.rows, facts));
      if (answer.next === null || answer.rows.length === 0) break;
    }
    missed.push(...found);
    // Rows that are newer have come meanwhile: Xano logs these very requests.
    if (found.every(({ at }) => at !== undefined && at >= newest)) return missed;
  }
  reading.settled = false;
  return missed;
}

/** A refusal in the words of histories: each has a scope of its own, and a server may lack one. */
function explained(thrown: unknown, { kind, scopes }: HistoryFacts): unknown {
  if (!(thrown instanceof XanoError)) return thrown;
  if (thrown.code === 'SCOPE_MISSING')
    return amended(thrown, {
      message: `The token may not read the history of ${kind}.`,
      hint: `Tick Read on ${scopes} for the token in Xano (Instances → Metadata API → Access Tokens), or leave ${kind} out of --history.`,
    });
  if (isUnknownPath(thrown))
    return amended(thrown, {
      message: `This Xano has no history of ${kind}.`,
      hint: `Leave ${kind} out of --history.`,
    });
  return thrown;
}
