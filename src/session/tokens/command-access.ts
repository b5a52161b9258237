/** What each command may do with the scopes of a token. Pure. */
import type { Access, ScopeProbe } from '../../index.js';

/** Whether a command may run with a token. */
export interface CommandAccess {
  readonly command: string;
  readonly may_run: 'yes' | 'partly' | 'no' | 'unknown';
  /** The missing scope; null where none is missing. */
  readonly reason: string | null;
}

/** The effect of a missing scope on each command. */
const NEEDS: readonly {
  readonly command: string;
  readonly scope: ScopeProbe['scope'];
  /** The part that still works; null where nothing does. */
  readonly without: string | null;
  /** Whether it reads rows, whose types come from the schema. */
  readonly reads_rows?: true;
}[] = [
  { command: 'discover', scope: 'Database', without: 'without columns' },
  { command: 'discover --counts', scope: 'Content', without: 'without counts' },
  { command: 'endpoints', scope: 'Database', without: 'without columns' },
  { command: 'endpoints --api-groups', scope: 'API Groups', without: null },
  { command: 'schema', scope: 'Database', without: 'without columns' },
  { command: 'check', scope: 'Content', without: null, reads_rows: true },
  { command: 'load', scope: 'Content', without: null, reads_rows: true },
];

/** What each command may do with a token of these rights. */
export function commandsWith({ scopes }: Access): CommandAccess[] {
  const isMissing = (scope: string): boolean =>
    scopes.some((probe) => probe.scope === scope && probe.state === 'missing');
  return NEEDS.map(({ command, scope, without, reads_rows }) => {
    const probe = scopes.find((candidate) => candidate.scope === scope);
    const what = scope === 'Content' ? 'Content or Live Data Source' : scope;
    if (probe?.state === 'missing')
      return {
        command,
        may_run: without === null ? 'no' : 'partly',
        reason: `${without === null ? '' : `${without}: `}Read on ${what} is missing`,
      };
    if (probe?.state === 'granted' && reads_rows && isMissing('Database'))
      return {
        command,
        may_run: 'partly',
        reason: 'types guessed from the rows: Read on Database is missing',
      };
    if (probe?.state === 'granted') return { command, may_run: 'yes', reason: null };
    return { command, may_run: 'unknown', reason: probe?.reason ?? null };
  });
}
