/** Whether the copy is complete and fresh, in one sentence. Pure. */
import type { StatusAnswer } from '../answers.js';
import { counted, moment, span, type Tone } from './words.js';

/** The sentence of the overview. */
export interface Verdict {
  readonly tone: Tone;
  readonly title: string;
  readonly sentence: string;
}

/** Something to act on. */
export interface Problem {
  readonly tone: Tone;
  /** The table's full name; undefined for the whole target. */
  readonly table: string | undefined;
  readonly words: string;
}

/** Everything that somebody should know, the worst first. */
export function problemsOf({ tables, token, staging, read_at }: StatusAnswer): Problem[] {
  const problems = tables.flatMap((table): Problem[] => {
    const name = `${table.schema}.${table.table}`;
    const of = (tone: Tone, words: string): Problem => ({ tone, table: name, words });
    const { completeness, failed, stale, gone, values_rejected: rejected, age_ms, history } = table;
    const last = history?.gaps.at(-1);
    return [
      ...(completeness === 'incomplete' ? [of('bad', 'is incomplete: rows of Xano are missing.')] : []),
      ...(failed === null
        ? []
        : [of('bad', `was not loaded on ${moment(failed.started_at)} (${failed.code}): ${failed.message}`)]),
      ...(stale === true ? [of('warn', `is stale: it was loaded ${span(age_ms)} ago.`)] : []),
      ...(completeness === 'changed_while_reading' ? [of('warn', 'changed while xano read it.')] : []),
      ...(completeness === 'limited'
        ? [of('warn', 'holds only the first rows of Xano, up to its limit.')]
        : []),
      ...(table.origin?.['where'] === undefined
        ? []
        : [of('quiet', 'holds only the rows that meet its conditions.')]),
      ...(gone ? [of('quiet', 'was deleted in Xano, and keeps its last rows.')] : []),
      ...(last === undefined
        ? []
        : [of('quiet', `may lack rows between ${moment(last.from)} and ${moment(last.until)}.`)]),
      ...(rejected > 0
        ? [of('quiet', `has ${counted(rejected, 'value')} that did not fit the column and became NULL.`)]
        : []),
    ];
  });
  if (token?.state === 'expired')
    problems.push({ tone: 'bad', table: undefined, words: 'The token has expired: run `xano auth login`.' });
  else if (token?.expires_at != null && Date.parse(token.expires_at) - Date.parse(read_at) < 172_800_000)
    problems.push({
      tone: 'warn',
      table: undefined,
      words: `The token expires in ${span(Date.parse(token.expires_at) - Date.parse(read_at))}.`,
    });
  if (staging?.state === 'unfinished')
    problems.push({
      tone: 'warn',
      table: undefined,
      words: `A load did not finish: ${counted(staging.rows, 'row')} of ${counted(staging.tables, 'table')} are staged; the next load continues there.`,
    });
  const order: readonly Tone[] = ['bad', 'warn', 'quiet', 'good'];
  // One that concerns every table stands before those of single ones, which may be hundreds.
  const place = ({ tone, table }: Problem): number => order.indexOf(tone) * 2 + (table === undefined ? 0 : 1);
  return problems.toSorted((one, other) => place(one) - place(other));
}

/** The verdict on a target. */
export function verdictOf(status: StatusAnswer): Verdict {
  // Nobody counts the rows of a history.
  const tables = status.tables.filter(({ history }) => history === undefined);
  if (status.tables.length === 0)
    return { tone: 'quiet', title: 'No tables yet', sentence: 'Load some with `xano load`.' };
  const problems = problemsOf(status);
  const proved = tables.filter(({ completeness }) => completeness === 'proved').length;
  const oldest = Math.max(...tables.filter(({ gone }) => !gone).map(({ age_ms }) => age_ms), 0);
  const facts =
    tables.length === 0
      ? 'Histories alone: Xano counts no rows of them.'
      : `${proved} of ${counted(tables.length, 'table')} proved complete, the oldest loaded ${span(oldest)} ago.`;
  const worst = problems.find(({ tone }) => tone === 'bad') ?? problems.find(({ tone }) => tone === 'warn');
  if (worst === undefined)
    return {
      tone: proved === tables.length ? 'good' : 'warn',
      title: proved === tables.length ? 'Complete and fresh' : 'Fresh, not all of it provable',
      sentence: facts,
    };
  const bad = problems.filter(({ tone, table }) => tone === 'bad' && table !== undefined);
  const affected = new Set(bad.map(({ table }) => table)).size;
  const title =
    affected > 0
      ? `${counted(affected, 'table needs', 'tables need')} attention`
      : worst.tone === 'bad'
        ? 'The next load cannot run'
        : 'Usable, with remarks';
  return { tone: worst.tone, title, sentence: facts };
}
