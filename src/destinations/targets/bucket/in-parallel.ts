/** Runs the same work on many things, some at a time. */

/** Requests for footers at a time: each takes as long as the way to the server. */
const MOST_AT_ONCE = 16;

/** Runs work on each thing. Throws the first failure, once nothing runs any more. */
export async function inParallel<T>(things: readonly T[], work: (thing: T) => Promise<void>): Promise<void> {
  const rest = things.values();
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (const thing of rest) {
      if (failures.length > 0) return;
      try {
        await work(thing);
      } catch (thrown) {
        failures.push(thrown);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(MOST_AT_ONCE, things.length) }, worker));
  if (failures.length > 0) throw failures[0];
}
