/** Applies `--where`: conditions under which a load reads rows. */
import {
  didYouMean,
  type EndpointConfig,
  OPERATORS,
  type Operator,
  searchCondition,
  XanoError,
} from '../../index.js';

/**
 * The configs with these conditions, such as `orders.created_at >= 2026-01-01`; several on one table must all
 * hold. Only content search takes conditions, so its fallback, a plain list, is removed. Throws USAGE.
 */
export function chooseRows(
  endpoints: readonly EndpointConfig[],
  where: readonly string[],
): readonly EndpointConfig[] {
  return where.reduce<readonly EndpointConfig[]>((chosen, given) => {
    const { endpoint, ...condition } = parseCondition(chosen, given);
    return chosen.map((one) => (one === endpoint ? withCondition(one, given, condition) : one));
  }, endpoints);
}

interface Parsed {
  readonly endpoint: EndpointConfig;
  readonly column: string;
  readonly operator: Operator;
  readonly value: string;
}

/** Names may contain dots and operators: the first split whose left side is a table and its column counts. */
function parseCondition(endpoints: readonly EndpointConfig[], given: string): Parsed {
  const splits = [...given.matchAll(/>=|<=|=|>|</g)].map((found) => ({
    left: given.slice(0, found.index).trim(),
    operator: OPERATORS.find((one) => one === found[0])!,
    value: given.slice(found.index + found[0].length).trim(),
  }));
  const tables = splits.flatMap(({ left, ...rest }) =>
    endpoints
      .filter(({ name }) => left.startsWith(`${name}.`))
      .map((endpoint) => ({ endpoint, column: left.slice(endpoint.name.length + 1), ...rest })),
  );
  const [first] = tables;
  const parsed =
    tables.find(({ endpoint, column }) => endpoint.columns?.some(({ name }) => name === column) === true) ??
    first;
  if (parsed !== undefined) return parsed;
  const table = splits[0]?.left.replace(/\.[^.]*$/, '') ?? '';
  throw new XanoError(
    'USAGE',
    table === ''
      ? `--where ${given} is not a condition.`
      : `--where ${given}: this load has no table "${table}"${didYouMean(
          endpoints.map(({ name }) => name),
          table,
        )}`,
    { hint: "Write it as 'TABLE.COLUMN OPERATOR VALUE', such as 'orders.created_at >= 2026-01-01'." },
  );
}

function withCondition(
  endpoint: EndpointConfig,
  given: string,
  { column, operator, value }: Omit<Parsed, 'endpoint'>,
): EndpointConfig {
  const { pagination, columns = [], fallback: _, ...rest } = endpoint;
  if (pagination.type !== 'keyset')
    throw new XanoError('USAGE', `--where ${given}: "${endpoint.name}" is not a table of a workspace.`, {
      hint: 'Set the parameters of that list in the config file: params or body.',
    });
  const declared = columns.find(({ name }) => name === column);
  if (declared === undefined)
    throw new XanoError(
      'USAGE',
      `--where ${given}: the table "${endpoint.name}" has no column "${column}"${didYouMean(
        columns.map(({ name }) => name),
        column,
      )}`,
      { hint: '`xano schema` lists the columns of each table.' },
    );
  const condition = searchCondition({ option: `--where ${given}`, column: declared, operator, value });
  const { filter_param } = pagination;
  const before = endpoint.body?.[filter_param];
  return {
    ...rest,
    columns,
    pagination,
    body: { ...endpoint.body, [filter_param]: [...(Array.isArray(before) ? before : []), condition] },
  };
}
