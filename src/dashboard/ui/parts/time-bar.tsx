/** A time as a bar, and in words. */
import { duration } from '../words.js';

/** The bar. Milliseconds; null where the time is not known. `longest` fills the bar. */
export function TimeBar({ ms, longest }: { readonly ms: number | null; readonly longest: number }) {
  return (
    <>
      <meter min={0} max={longest} value={ms ?? 0} aria-hidden="true" />
      {ms === null ? '–' : duration(ms)}
    </>
  );
}
