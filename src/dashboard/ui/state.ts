/** What the pages are drawn from, read again every few seconds. */
import { computed, signal } from '@preact/signals';
import type {
  ReportsAnswer,
  SchemaAnswer,
  ShownReport,
  ShownResource,
  StatusAnswer,
  StoredAnswers,
} from '../answers.js';
import { ask, type Failure } from './server.js';

/** The newest status; undefined before the first. */
export const status = signal<StatusAnswer | undefined>(undefined);
/** Whether the page is a file, which no server answers. */
export const isStored = signal(false);
/** Why the newest status could not be read; the one before it stays on the page. */
export const failure = signal<Failure | undefined>(undefined);
/** The newest reports, the newest first. */
export const reports = signal<readonly ShownReport[]>([]);
/** The tables and columns. */
export const schema = signal<SchemaAnswer | undefined>(undefined);
/** The title of the browser's tab follows the target's name. */
export const fileName = computed(
  () => status.value?.file.split(/[\\/]/).findLast((part) => part !== '') ?? '',
);

/** Takes what the file of `xano status --html` holds. Returns false where the page comes from a server. */
export function takeStored(): boolean {
  const text = document.getElementById('stored')?.textContent;
  if (text == null) return false;
  const stored: StoredAnswers = JSON.parse(text);
  status.value = stored.status;
  schema.value = stored.schema;
  reports.value = stored.reports;
  isStored.value = true;
  return true;
}

/** Between two readings. Milliseconds. */
const EVERY_MS = 5_000;
/** Between two readings where nothing changes: each one opens the file. Milliseconds. */
const QUIET_MS = 20_000;
let read_at = Number.NEGATIVE_INFINITY;
/** Past loads that pages list. */
const LOADS = 100;

/** Reads all of it now. Reports and schema are read again only after a load. */
export async function refresh(): Promise<void> {
  read_at = Date.now();
  const known = status.value;
  // The first time all of it is wanted, so that nothing waits for another.
  const [asked] = await Promise.all([
    ask<StatusAnswer>(`/api/status?loads=${LOADS}`),
    ...(known === undefined ? [refreshPast()] : []),
  ]);
  if ('failure' in asked) {
    failure.value = asked.failure;
    return;
  }
  if (known !== undefined && newest(known) !== newest(asked.answer)) await refreshPast();
  failure.value = undefined;
  status.value = asked.answer;
}

async function refreshPast(): Promise<void> {
  const [past, tables] = await Promise.all([
    ask<ReportsAnswer>('/api/reports?limit=30'),
    ask<SchemaAnswer>('/api/schema'),
  ]);
  if ('answer' in past) reports.value = past.answer.reports;
  if ('answer' in tables) schema.value = tables.answer;
}

/** Changes with every load, and with every step of one. */
const newest = ({ loads: [load], tables }: StatusAnswer): string =>
  JSON.stringify([load, tables.map(({ load_id }) => load_id)]);

/** Reads it every few seconds while somebody looks; less often where `isQuiet` says that nothing changes. */
export function keepFresh(isQuiet: () => boolean): void {
  const next = async (): Promise<void> => {
    if (document.visibilityState === 'visible' && !(isQuiet() && Date.now() - read_at < QUIET_MS))
      await refresh();
    setTimeout(() => void next(), EVERY_MS);
  };
  setTimeout(() => void next(), EVERY_MS);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void refresh();
  });
}

/** The report of a table in the load that wrote it; undefined where that load is not among the newest. */
export function proofOf(target: string, load_id: string): ShownResource | undefined {
  return reports.value
    .find((report) => report.load_id === load_id)
    ?.resources.find((resource) => resource.target === target);
}

/** The loads that a table was part of, the oldest first. */
export function pastOf(target: string): readonly { report: ShownReport; resource: ShownResource }[] {
  return reports.value
    .flatMap((report) => {
      const resource = report.resources.find((candidate) => candidate.target === target);
      return resource === undefined ? [] : [{ report, resource }];
    })
    .toReversed();
}
