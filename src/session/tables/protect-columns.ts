/** Applies `--exclude` and `--mask`: columns that a load leaves out, or whose values it stores masked. */
import { didYouMean, type EndpointConfig, MASKS, type Mask, withMasks, XanoError } from '../../index.js';

/** Columns as given: `users.phone`, or `*.phone` for every table that has it; masks as `users.email=hash`. */
export interface ColumnChoice {
  readonly exclude?: readonly string[] | undefined;
  readonly mask?: readonly string[] | undefined;
}

type Change = { readonly excluded: readonly string[]; readonly masks: Readonly<Record<string, Mask>> };

/**
 * The configs with these columns left out or masked. Throws USAGE for a table or a column that is not among
 * them, for an unknown mask, and for a key.
 */
export function protectColumns(
  endpoints: readonly EndpointConfig[],
  { exclude = [], mask = [] }: ColumnChoice,
): readonly EndpointConfig[] {
  const changes = new Map<EndpointConfig, Change>();
  const change = (given: string, column: Found, next: (before: Change) => Change): void => {
    for (const endpoint of column.endpoints) {
      assertNoKey(endpoint, column.name, given);
      changes.set(endpoint, next(changes.get(endpoint) ?? { excluded: [], masks: {} }));
    }
  };
  for (const given of exclude) {
    const column = findColumn(endpoints, given, `--exclude ${given}`);
    change(`--exclude ${given}`, column, ({ excluded, masks }) => ({
      excluded: [...excluded, column.name],
      masks,
    }));
  }
  for (const given of mask) {
    const at = given.lastIndexOf('=');
    const wanted = MASKS.find((one) => one === given.slice(at + 1));
    if (at < 0 || wanted === undefined)
      throw new XanoError('USAGE', `--mask ${given} does not name a mask.`, {
        hint: `Write it as TABLE.COLUMN=MASK, such as users.email=hash; the masks are ${MASKS.join(', ')}.`,
      });
    const column = findColumn(endpoints, given.slice(0, at), `--mask ${given}`);
    change(`--mask ${given}`, column, ({ excluded, masks }) => ({
      excluded,
      masks: { ...masks, [column.name]: wanted },
    }));
  }
  return endpoints.map((endpoint) => withChange(endpoint, changes.get(endpoint)));
}

function withChange(endpoint: EndpointConfig, change: Change | undefined): EndpointConfig {
  if (change === undefined) return endpoint;
  const excluded = [...new Set([...endpoint.excluded, ...change.excluded])];
  const columns = withMasks(endpoint.columns, change.masks).filter(({ name }) => !excluded.includes(name));
  const isDeclared = endpoint.columns !== undefined || columns.length > 0;
  return { ...endpoint, excluded, ...(isDeclared ? { columns } : {}) };
}

/** A column that an option names, and the configs that have it. */
interface Found {
  readonly endpoints: readonly EndpointConfig[];
  readonly name: string;
}

/** Names of tables and columns may contain dots: the longest name of a table counts. */
function findColumn(endpoints: readonly EndpointConfig[], given: string, option: string): Found {
  if (given.startsWith('*.')) {
    const name = given.slice(2);
    const having = endpoints.filter((endpoint) => declares(endpoint, name));
    if (having.length > 0) return { endpoints: having, name };
    throw unknownColumn(option, name, 'no table of this load', endpoints);
  }
  const tables = endpoints
    .filter(({ name }) => given.startsWith(`${name}.`) && given.length > name.length + 1)
    .toSorted((a, b) => b.name.length - a.name.length);
  const [first] = tables;
  if (first === undefined) {
    const table = given.replace(/\.[^.]*$/, '');
    throw new XanoError(
      'USAGE',
      given.includes('.')
        ? `${option}: this load has no table "${table}"${didYouMean(
            endpoints.map(({ name }) => name),
            table,
          )}`
        : `${option} does not name a column.`,
      { hint: 'Write it as TABLE.COLUMN, such as users.phone, or *.phone for every table.' },
    );
  }
  const endpoint = tables.find((one) => declares(one, given.slice(one.name.length + 1))) ?? first;
  const name = given.slice(endpoint.name.length + 1);
  if (endpoint.origin !== undefined && endpoint.columns?.length !== 0 && !declares(endpoint, name))
    throw unknownColumn(option, name, `the table "${endpoint.name}"`, [endpoint]);
  return { endpoints: [endpoint], name };
}

const declares = ({ columns = [], excluded }: EndpointConfig, name: string): boolean =>
  columns.some((column) => column.name === name) || excluded.includes(name);

function unknownColumn(
  option: string,
  name: string,
  where: string,
  endpoints: readonly EndpointConfig[],
): XanoError {
  const names = endpoints.flatMap(({ columns = [] }) => columns.map((column) => column.name));
  return new XanoError(
    'USAGE',
    `${option}: ${where} ${where.startsWith('no ') ? 'has' : 'has no column'} "${name}"${didYouMean([...new Set(names)], name)}`,
    { hint: '`xano schema` lists the columns of each table.' },
  );
}

function assertNoKey(
  { name: table, primary_key, incremental }: EndpointConfig,
  name: string,
  given: string,
): void {
  const role = primary_key.includes(name)
    ? 'primary key'
    : incremental?.cursor_path === name
      ? 'incremental column'
      : undefined;
  if (role === undefined) return;
  throw new XanoError('USAGE', `${given}: "${name}" is the ${role} of "${table}".`, {
    hint: 'A load needs the values of that column as they are: name another column.',
  });
}
