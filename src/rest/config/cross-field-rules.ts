/** Fields of a config that need or exclude each other, each broken rule as a mistake. Pure. */
import type { Json } from '../../json.js';
import { type PartitionFault, parsePartition, partitionFault } from '../../table/partition.js';
import { headerName } from './auth.js';
import { contradictionsIn } from './contradictions.js';
import { type EndpointConfig, isCursor } from './endpoint-config.js';
import { placeholdersIn, wrongVariable } from './template.js';
import type { Mistake } from './validation-messages.js';

type Rule = (config: EndpointConfig) => Mistake[];

/** The mistakes of a config beyond the types of its fields, in the order in which people read it. */
export function crossFieldMistakes(config: EndpointConfig): Mistake[] {
  const rules: readonly Rule[] = [
    inAddress,
    inVariables,
    inRequest,
    ofSingleRecord,
    ofMerge,
    ofMasks,
    ofLimit,
    ofPartition,
    (given) => (given.parent === undefined ? withoutParent(given) : withParent(given)),
    contradictionsIn,
    (given) => (given.incremental === undefined ? [] : ofIncremental(given, given.incremental)),
  ];
  return rules.flatMap((rule) => rule(config));
}

function inAddress({ base_url, path }: EndpointConfig): Mistake[] {
  const { mistakes, wrong } = collect();
  if (/[?#]/.test(base_url))
    wrong(['base_url'], 'must not contain ? or #: paths are appended to it, and parameters belong in params');
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path))
    wrong(['path'], 'is appended to base_url, so it cannot be a URL itself');
  else if (path.includes('#')) wrong(['path'], 'must not contain #: the part after it is never sent');
  const [variable] = /\$\{[^{}]*\}?/.exec(path) ?? [];
  if (variable !== undefined) wrong(['path'], `contains ${variable}: variables are not replaced here`);
  return mistakes;
}

/** Variables of an unknown form in values; any variable in names. */
function inVariables({ params, headers, body = {}, incremental, pagination }: EndpointConfig): Mistake[] {
  const { mistakes, wrong } = collect();
  const inValue = (value: Json, path: PropertyKey[]): void => {
    const mistake = typeof value === 'string' ? wrongVariable(value) : undefined;
    if (mistake !== undefined) wrong(path, mistake);
    if (typeof value !== 'object' || value === null) return;
    for (const [name, part] of Object.entries(value) as [string, Json][]) {
      const here = [...path, Array.isArray(value) ? Number(name) : name];
      if (name.includes('${'))
        wrong(here, 'is a name that contains a variable: variables are only replaced in values');
      inValue(part, here);
    }
  };
  inValue(params, ['params']);
  inValue(headers, ['headers']);
  inValue(body, ['body']);
  if (incremental?.initial_value !== undefined)
    inValue(incremental.initial_value, ['incremental', 'initial_value']);
  for (const [field, object] of Object.entries({ pagination, incremental }))
    for (const [name, text] of Object.entries(object ?? {}))
      if (/_param$|^inside$/.test(name) && String(text).includes('${'))
        wrong([field, name], 'is a name that contains a variable: variables are only replaced in values');
  return mistakes;
}

function inRequest({ method, body, headers, pagination }: EndpointConfig): Mistake[] {
  const { mistakes, wrong } = collect();
  if (method === 'GET' && body !== undefined) wrong(['body'], 'is only sent by a POST');
  for (const [name, text] of Object.entries(headers)) {
    if (!headerName.safeParse(name).success) wrong(['headers', name], 'is not a valid header name');
    // Node refuses any other character in a header.
    else if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(text))
      wrong(['headers', name], 'contains characters that a header cannot carry');
  }
  if ('in' in pagination && pagination.in === 'body' && method !== 'POST')
    wrong(['pagination', 'in'], 'only the body of a POST can ask for pages');
  return mistakes;
}

function ofSingleRecord({ single_record, pagination, data_selector }: EndpointConfig): Mistake[] {
  const { mistakes, wrong } = collect();
  if (single_record !== true) return mistakes;
  if (pagination.type !== 'single_page')
    wrong(['single_record'], 'needs pagination single_page: nothing comes after a single record');
  if (data_selector === undefined)
    wrong(['single_record'], "needs a data_selector: the path of the object, or '' for the whole answer");
  return mistakes;
}

function ofMerge({ write_disposition, primary_key }: EndpointConfig): Mistake[] {
  if (write_disposition !== 'merge' || primary_key.length > 0) return [];
  return [{ path: ['primary_key'], message: 'merge needs the columns that identify a row' }];
}

/** Keys and cursors are sent back to the server, so they stay as they are. */
function ofMasks({ columns = [], primary_key, incremental, excluded }: EndpointConfig): Mistake[] {
  const { mistakes, wrong } = collect();
  const masked = columns.filter(({ mask }) => mask !== undefined).map(({ name }) => name);
  for (const name of masked) {
    if (primary_key.includes(name)) wrong(['mask', name], 'is part of primary_key, which cannot be masked');
    if (incremental?.cursor_path === name)
      wrong(['mask', name], 'is the cursor_path of incremental, which cannot be masked');
    if (excluded.includes(name)) wrong(['mask', name], 'is in excluded: it is not loaded at all');
  }
  return mistakes;
}

/** Rows beyond a limit are unknown, so nothing can be said about old rows that stay. */
function ofLimit({ limit, pagination, write_disposition }: EndpointConfig): Mistake[] {
  const { mistakes, wrong } = collect();
  if (limit === undefined) return mistakes;
  if (pagination.type !== 'keyset') wrong(['limit'], 'needs keyset pagination, which gives rows an order');
  if (write_disposition !== 'replace') wrong(['limit'], 'needs write_disposition replace');
  return mistakes;
}

const PARTITION_FAULTS: Readonly<Record<PartitionFault, (column: string) => string>> = {
  excluded: (column) => `needs "${column}", which is in excluded`,
  missing: (column) => `needs "${column}", which is not in columns`,
  masked: (column) => `needs "${column}", which is masked`,
  timeless: (column) => `needs a timestamp or a date, which "${column}" is not`,
};

/** Of a list whose columns are not named, the load says so once its rows are there. */
function ofPartition({ partition_by, columns, excluded }: EndpointConfig): Mistake[] {
  const { mistakes, wrong } = collect();
  const { column } = parsePartition(partition_by ?? '') ?? {};
  if (column === undefined) return mistakes;
  const fault = partitionFault(column, columns, excluded);
  if (fault !== undefined) wrong(['partition_by'], PARTITION_FAULTS[fault](column));
  return mistakes;
}

function withoutParent({ response, path }: EndpointConfig): Mistake[] {
  const { mistakes, wrong } = collect();
  if (response !== undefined) wrong(['response'], 'only applies to resources with a parent');
  for (const name of new Set(placeholdersIn(path)))
    wrong(['path'], `contains {${name}}, which only a parent can bind`);
  return mistakes;
}

function withParent(config: EndpointConfig): Mistake[] {
  const { path, params, body = {}, parent, pagination, incremental } = config;
  const { bind = {} } = parent ?? {};
  const { mistakes, wrong } = collect();
  const named = placeholdersIn([path, params, body]);
  for (const name of Object.keys(bind))
    if (!named.includes(name))
      wrong(['parent', 'bind', name], `is not used: write {${name}} in path, params or body`);
  for (const name of new Set(placeholdersIn(path)))
    if (bind[name] === undefined) wrong(['path'], `contains {${name}}, which parent.bind does not define`);
  if (Object.keys(bind).length === 0) wrong(['parent', 'bind'], 'is empty');
  if (pagination.type === 'keyset') wrong(['pagination', 'type'], 'keyset does not work with a parent');
  if (incremental !== undefined)
    wrong(['incremental'], 'does not apply to a resource with a parent: set it on the parent');
  return mistakes;
}

type Incremental = NonNullable<EndpointConfig['incremental']>;

function ofIncremental(config: EndpointConfig, incremental: Incremental): Mistake[] {
  const { mistakes, wrong } = collect();
  if (config.write_disposition === 'replace')
    wrong(['write_disposition'], 'incremental needs append or merge: replace would delete the previous rows');
  const rules = incremental.start_param === undefined ? ofKeysetWindow : ofStartParam;
  return [...mistakes, ...rules(config, incremental)];
}

/** An endpoint that takes the last value as a parameter. */
function ofStartParam(config: EndpointConfig, incremental: Incremental): Mistake[] {
  const { write_disposition, primary_key, pagination, method } = config;
  const { mistakes, wrong } = collect();
  if (write_disposition === 'append' && primary_key.length === 0)
    wrong(['primary_key'], 'append needs it here: rows that are read again would be duplicated');
  for (const name of ['after', 'before'] as const)
    if (incremental[name] !== undefined)
      wrong(['incremental', name], 'only applies to keyset, which has no start_param');
  if (pagination.type === 'keyset')
    wrong(['incremental', 'start_param'], 'does not apply to keyset: set after and before');
  if (incremental.in === 'body' && method !== 'POST')
    wrong(['incremental', 'in'], 'only the body of a POST can hold it');
  return mistakes;
}

/** An endpoint that takes conditions on the cursor's column. */
function ofKeysetWindow(config: EndpointConfig, incremental: Incremental): Mistake[] {
  const { pagination, columns = [] } = config;
  const { mistakes, wrong } = collect();
  for (const name of ['in', 'initial_value'] as const)
    if (incremental[name] !== undefined) wrong(['incremental', name], 'has no effect without start_param');
  if (pagination.type !== 'keyset') {
    wrong(['incremental'], 'needs a start_param, or keyset pagination');
    return mistakes;
  }
  for (const name of ['after', 'before'] as const)
    if (incremental[name] === undefined) wrong(['incremental', name], 'is missing; allowed is a text');
  const cursor = columns.find(({ name }) => name === incremental.cursor_path);
  if (cursor === undefined || !isCursor(cursor))
    wrong(
      ['incremental', 'cursor_path'],
      'must be one of the columns, and of the type BIGINT, TIMESTAMPTZ or DATE',
    );
  return mistakes;
}

/** A list of mistakes, and the way to add one. */
function collect(): {
  readonly mistakes: Mistake[];
  readonly wrong: (path: readonly PropertyKey[], message: string) => void;
} {
  const mistakes: Mistake[] = [];
  return { mistakes, wrong: (path, message) => void mistakes.push({ path, message }) };
}
