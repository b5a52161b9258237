/** Refuses a config whose key or cursor column no record has. */
import type { TargetWriter } from '../../destinations/destination.js';
import { XanoError } from '../../errors.js';
import { namedColumns, unknownColumn } from '../../rest/config/columns/named-columns.js';
import type { EndpointConfig } from '../../rest/config/endpoint-config.js';
import type { PageStager } from './read-context.js';

/** A hint names at most so many columns. */
const MOST_NAMES = 20;

/**
 * Throws CONFIG_INVALID when rows arrived and none of them has a column that the config names. An empty list
 * says nothing, and neither do a few new rows of a table whose cursor column had values before.
 */
export function assertNamedColumns(
  endpoint: EndpointConfig,
  rows: number,
  stager: Pick<PageStager, 'columns' | 'found'>,
  { previous }: Pick<TargetWriter, 'previous'>,
): void {
  if (rows === 0) return;
  const seen = stager.found();
  const isKnown = (name: string): boolean => seen.has(name) || previous?.watermark?.column === name;
  const missing = namedColumns(endpoint).find(({ name }) => !isKnown(name));
  if (missing === undefined) return;
  const names = stager.columns().map(({ name }) => name);
  const others = names.filter((name) => name !== missing.name);
  const shown = others.slice(0, MOST_NAMES).join(', ');
  throw new XanoError('CONFIG_INVALID', `In "${endpoint.name}" ${unknownColumn(missing, names)}`, {
    hint: `Correct ${missing.field}: the records have ${shown}${others.length > MOST_NAMES ? ' and others' : ''}.`,
  });
}
