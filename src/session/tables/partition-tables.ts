/** Applies `--partition-by`: the column and the unit of time by which the files of a table are divided. */
import { didYouMean, type EndpointConfig, XanoError } from '../../index.js';
import {
  PARTITION_UNITS,
  type PartitionFault,
  parsePartition,
  partitionFault,
} from '../../table/partition.js';

/**
 * The configs with these partitions: `month(created_at)` for every table, `orders=month(created_at)` for one,
 * which wins over what the config has. Throws USAGE.
 */
export function partitionTables(
  endpoints: readonly EndpointConfig[],
  partitions: readonly string[],
): readonly EndpointConfig[] {
  let general: string | undefined;
  const own = new Map<string, string>();
  for (const given of partitions) {
    const [, name, text] = /^(?:(.*)=)?([^=(]*\(.*)$/s.exec(given) ?? [];
    if (text === undefined || parsePartition(text) === undefined) throw unreadable(given);
    if (name === undefined) general = text;
    else own.set(tableIn(endpoints, name, given), text);
  }
  return endpoints.map((endpoint) => {
    const partition_by = own.get(endpoint.name) ?? general ?? endpoint.partition_by;
    return partition_by === undefined ? endpoint : withPartition(endpoint, partition_by);
  });
}

function unreadable(given: string): XanoError {
  const units = PARTITION_UNITS.join(', ');
  return new XanoError('USAGE', `--partition-by ${given} does not name a unit and a column.`, {
    hint: `Write it as month(created_at), or as TABLE=month(created_at) for one table; the units are ${units}.`,
  });
}

function tableIn(endpoints: readonly EndpointConfig[], name: string, given: string): string {
  const names = endpoints.map((endpoint) => endpoint.name);
  if (names.includes(name)) return name;
  throw new XanoError(
    'USAGE',
    `--partition-by ${given}: this load has no table "${name}"${didYouMean(names, name)}`,
    { hint: 'Write it as TABLE=month(created_at), with the exact name of a table of this load.' },
  );
}

const FAULTS: Readonly<Record<Exclude<PartitionFault, 'missing'>, string>> = {
  excluded: 'not loaded',
  masked: 'masked',
  timeless: 'not a timestamp or a date',
};

/** Lists of unknown columns are checked once their rows are there. */
function withPartition(endpoint: EndpointConfig, partition_by: string): EndpointConfig {
  const { name, columns, excluded } = endpoint;
  const { column } = parsePartition(partition_by)!;
  const fault = partitionFault(column, columns, excluded);
  const refuse = (fact: string): XanoError =>
    new XanoError('USAGE', `--partition-by ${partition_by}: ${fact}`, {
      hint: 'Name a timestamp or a date that is loaded as it is, with TABLE=month(column) for one table.',
    });
  const names = (columns ?? []).map((one) => one.name);
  if (fault === 'missing') throw refuse(`"${name}" has no column "${column}"${didYouMean(names, column)}`);
  if (fault !== undefined) throw refuse(`the column "${column}" of "${name}" is ${FAULTS[fault]}.`);
  return { ...endpoint, partition_by };
}
