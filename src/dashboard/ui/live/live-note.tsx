/** At the head of every page: the load that runs, or the way to start one. */
import { hrefOf } from '../address.js';
import { isStored } from '../state.js';
import { isLoading, live } from './live.js';
import { remainingOf } from './remaining.js';

/** Draws it. */
export function LiveNote() {
  const known = live.value;
  if (isStored.value || known === undefined) return null;
  if (!isLoading.value)
    return known.may_load ? (
      <a class="start" href={hrefOf('load')}>
        Load
      </a>
    ) : null;
  const { share, done, tables } = remainingOf(known.tables);
  const words =
    known.load?.state === 'stopping'
      ? 'Stopping'
      : tables === 0
        ? 'Starting'
        : `Loading ${done} of ${tables}`;
  return (
    <a class="start running" href={hrefOf('live')}>
      <progress max={1} value={share ?? 0} aria-hidden="true" />
      {words}
    </a>
  );
}
