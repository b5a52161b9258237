/** Refuses options of `xano load` that contradict each other. */
import { hasForeignKeys, XanoError } from '../../../index.js';
import type { LoadFlags } from './load-options.js';

/** Throws USAGE for flags that contradict each other, or have no effect in this command. */
export function assertSense(names: readonly string[], flags: LoadFlags): void {
  if (
    flags.dataset === '' ||
    ['_xano', 'information_schema', 'pg_catalog'].includes(flags.dataset.toLowerCase())
  )
    throw new XanoError('USAGE', `"${flags.dataset}" is reserved; xano cannot load tables into it.`, {
      hint: 'Give another name with --dataset.',
    });
  if (flags.to === '')
    throw new XanoError('USAGE', '--to is empty.', { hint: 'Name a file: --to xano.duckdb.' });
  if (flags.foreignKeys === true && !hasForeignKeys(flags.to))
    throw new XanoError('USAGE', '--foreign-keys needs a Postgres database.', {
      hint: 'Name one with --to postgres://user@host/database, or omit --foreign-keys.',
    });
  const disposition = flags.writeDisposition ?? (flags.incremental === undefined ? 'replace' : 'merge');
  if (flags.incremental !== undefined && disposition === 'replace')
    throw new XanoError('USAGE', '--incremental with replace would delete every row that is not new.', {
      hint: 'Use --write-disposition merge (the default with --incremental) or append.',
    });
  if (flags.lag !== undefined && flags.incremental === undefined)
    throw new XanoError('USAGE', '--lag needs --incremental.', {
      hint: 'Name the incremental column: --incremental updated_at.',
    });
  if (flags.history === undefined && (flags.payloads === true || flags.onlyHistory === true))
    throw new XanoError(
      'USAGE',
      `${flags.payloads === true ? '--payloads' : '--only-history'} needs --history.`,
      {
        hint: 'Name what to keep: --history requests.',
      },
    );
  if (flags.onlyHistory === true && names.length > 0)
    throw new XanoError('USAGE', `--only-history loads no tables, but "${names[0]}" is named.`, {
      hint: 'Omit --only-history, or the names.',
    });
  if (flags.hardDelete === true && disposition !== 'merge' && flags.endpoints === undefined)
    throw new XanoError('USAGE', '--hard-delete needs --write-disposition merge.', {
      hint: 'Add --write-disposition merge.',
    });
}

/** Throws USAGE for an option that only a list of workspaces gives a meaning. */
export function assertOfMany({ workspaces, shard, parallel }: LoadFlags): void {
  if (workspaces !== undefined || (shard === undefined && parallel === 1)) return;
  throw new XanoError('USAGE', `${shard === undefined ? '--parallel' : '--shard'} needs --workspaces.`, {
    hint: 'Name a list of workspaces: --workspaces clients.yaml.',
  });
}
