/** Failures of a load in words about the file or the place that they concern. */
import { XanoError } from '../errors.js';
import type { TargetWriter } from './destination.js';
import { databaseFailure, isDamage } from './engine/failures.js';
import { stagingDamage } from './staging/staging-damage.js';
import type { TargetPlace } from './target.js';

/** A writer whose failures are told in words about the file that they concern. */
export function withFailures(place: TargetPlace, writer: TargetWriter): TargetWriter {
  const staging = <T>(work: () => Promise<T>): Promise<T> => inStaging(place, work);
  return {
    checkpoint: writer.checkpoint,
    previous: writer.previous,
    schema: writer.schema,
    forgetRows: (matches) => staging(() => writer.forgetRows(matches)),
    held: (span, complete_ranges) => staging(() => writer.held(span, complete_ranges)),
    highest: (column) => staging(() => writer.highest(column)),
    forget: (span) => staging(() => writer.forget(span)),
    widen: (...columns) => staging(() => writer.widen(...columns)),
    write: (records, resume) => staging(() => writer.write(records, resume)),
    clear: () => staging(writer.clear),
    staged: () => staging(writer.staged),
    commit: (publication) => inTarget(place, () => writer.commit(publication)),
    abort: (how) => staging(() => writer.abort(how)),
  };
}

/** Runs what concerns the target. */
export async function inTarget<T>(place: Pick<TargetPlace, 'label'>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw databaseFailure(thrown, place.label);
  }
}

/** Runs what only reads and writes staging: damage that DuckDB finds there is not the target's. */
export async function inStaging<T>(place: TargetPlace, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw isDamage(thrown) && !(thrown instanceof XanoError)
      ? stagingDamage(thrown, place.staging_file)
      : databaseFailure(thrown, place.label);
  }
}
