/**
 * Values that Postgres cannot hold become rejects before publishing, as values do that do not fit their
 * column.
 */
import { type Column, sqlType, storedNames } from '../../../../table/column.js';
import type { PostgresJson } from '../../../../table/postgres-types.js';
import type { Staged } from '../../../destination.js';
import { jsonOf, storedKeys } from '../../../engine/column-sql.js';
import type { Session } from '../../../engine/session.js';
import { literal, quote } from '../../../engine/sql.js';
import type { StagedTable } from '../../../staging/staged-table.js';

/** Why a value is refused, and the condition that it is. */
interface Unfit {
  readonly reason: string;
  readonly condition: (value: string) => string;
}

/**
 * Postgres reads JSON with its stack: some 8,000 levels pass, and 20,000 do not, with the server's default of
 * 2 MB (measured, 15 and 18).
 */
const DEEPEST = 5_000;

const NUL: Unfit = {
  reason: 'Postgres cannot store a text with a NUL character',
  condition: (value) => `contains(${value}, chr(0))`,
};
const TOO_EARLY: Unfit = {
  reason: 'Postgres cannot store a time before 4713 BC or after 294276',
  condition: (value) =>
    `(isfinite(${value}) AND (${value} < TIMESTAMPTZ '4713-01-01 (BC) 00:00:00+00' OR ${value} > TIMESTAMPTZ '294246-12-31 00:00:00+00'))`,
};
const NO_DAY: Unfit = {
  reason: 'Postgres cannot store a date before 4713 BC or after 5874897',
  condition: (value) =>
    `(isfinite(${value}) AND (${value} < DATE '4713-01-01 (BC)' OR ${value} > DATE '5874897-12-31'))`,
};

/** A JSON text without its texts has only brackets that open and close. */
const bracketsOf = (value: string): string =>
  `regexp_replace(regexp_replace(${value}::VARCHAR, '"(?:[^"\\\\]|\\\\.)*"', '', 'g'), '[^\\[\\]{}]', '', 'g')`;

/** Two numbers in one, for a list that is reduced: how deep it was at most, and how deep it is. */
const BASE = 4_294_967_296;

/** How deep the brackets of a text are nested. Its time grows with its length. */
const depthOf = (brackets: string): string =>
  `list_reduce(list_prepend(0::BIGINT, list_transform(string_split(${brackets}, ''), lambda c: (CASE WHEN c IN ('[', '{') THEN 1 WHEN c = '' THEN 0 ELSE -1 END)::BIGINT)), lambda a, x: greatest(a // ${BASE}, a % ${BASE} + x) * ${BASE} + a % ${BASE} + x) // ${BASE}`;

const TOO_DEEP: Unfit = {
  reason: `Postgres cannot store JSON that is nested deeper than ${DEEPEST} levels`,
  // Texts that are too short, or have too few brackets, are not looked into.
  condition: (value) =>
    `(CASE WHEN strlen(${value}::VARCHAR) <= ${2 * DEEPEST} THEN false WHEN strlen(${bracketsOf(value)}) <= ${2 * DEEPEST} THEN false ELSE ${depthOf(bracketsOf(value))} > ${DEEPEST} END)`,
};
/** Of `jsonb`: its texts are texts of Postgres. */
const NOT_BINARY: Unfit = {
  reason: 'jsonb cannot store \\u0000 or half of a surrogate pair',
  condition: (value) =>
    `regexp_matches(regexp_replace(regexp_replace(${value}::VARCHAR, '\\\\\\\\', '', 'g'), '\\\\u[dD][89abAB][0-9a-fA-F]{2}\\\\u[dD][c-fC-F][0-9a-fA-F]{2}', '', 'g'), '\\\\u(0000|[dD][89a-fA-F][0-9a-fA-F]{2})')`,
};

/** What Postgres may refuse of a type. */
function unfitOf(type: string, json: PostgresJson): readonly Unfit[] {
  if (type === 'VARCHAR') return [NUL];
  if (type === 'TIMESTAMPTZ') return [TOO_EARLY];
  if (type === 'DATE') return [NO_DAY];
  if (type !== 'JSON') return [];
  return json === 'jsonb' ? [TOO_DEEP, NOT_BINARY] : [TOO_DEEP];
}

/** The condition that a column's value is refused for a reason; of a list, that one of its elements is. */
function conditionOf({ type, list }: Column, name: string, { condition }: Unfit): string {
  const value = quote(name);
  // Side by side, texts have what one of them has, and JSON is as deep as the deepest.
  if (list && (type === 'VARCHAR' || type === 'JSON')) return condition(`array_to_string(${value}, '')`);
  return list ? `len(list_filter(${value}, lambda x: ${condition('x')})) > 0` : condition(value);
}

/**
 * Sets what Postgres cannot hold to NULL in staging, and keeps it as a reject there: in one transaction, so
 * that a load that is killed continues with both. Returns the staged table as it is then. Only rows that are
 * staged here count: those of the target fit.
 */
export async function rejectUnfit(
  session: Session,
  staged: StagedTable,
  json: PostgresJson,
): Promise<StagedTable> {
  const { columns, table, rejects, plan } = staged;
  const names = storedNames(columns);
  const checks = columns.flatMap((column, i) =>
    // A list of vectors and a STRUCT are JSON that DuckDB makes: shallow, and without texts.
    column.shape !== undefined || column.list_of_vectors === true
      ? []
      : unfitOf(column.type, json).map((unfit) => ({
          column,
          name: names[i]!,
          reason: unfit.reason,
          condition: conditionOf(column, names[i]!, unfit),
        })),
  );
  const found: typeof checks = [];
  for (let from = 0; from < checks.length; from += CHECKED_AT_ONCE) {
    const some = checks.slice(from, from + CHECKED_AT_ONCE);
    const list = some.map(({ condition }, i) => `coalesce(bool_or(${condition}), false) AS u${i}`);
    const [row] = await session.rows(`SELECT ${list.join(', ')} FROM ${table}`);
    found.push(...some.filter((_, i) => row?.[`u${i}`] === true));
  }
  if (found.length === 0) return staged;
  const keys = storedKeys(columns, plan.target.primary_key).map((key) => quote(key));
  const key = columns.find((_, i) => quote(names[i]!) === keys[0]);
  const row_key = keys.length === 1 && key !== undefined ? jsonOf(key, keys[0]!) : 'NULL';
  const inserts = found.map(({ column, name, reason, condition }) => {
    const raw = jsonOf(column, quote(name));
    return `INSERT INTO ${rejects} (identity, row_key, "column", raw, reason) SELECT ${[literal(plan.identity), row_key, literal(column.name), raw, literal(reason)].join(', ')} FROM ${table} WHERE ${condition}`;
  });
  const updates = found.map(
    ({ column, name, condition }) =>
      `UPDATE ${table} SET ${quote(name)} = NULL::${sqlType(column)} WHERE ${condition}`,
  );
  await session.run('BEGIN');
  try {
    // A key that is refused names its row until the last reject of the row is there.
    for (const sql of [...inserts, ...updates]) await session.run(sql);
    await session.commit();
  } catch (thrown) {
    await session.rollback();
    throw thrown;
  }
  const isKey = found.some(({ name }) => keys.includes(quote(name)));
  const counts = isKey ? await countKeys(session, table, keys) : staged.staged;
  return { ...staged, staged: { ...staged.staged, ...counts }, may_have_rejects: true };
}

/** DuckDB compares each expression of a statement with all others. */
const CHECKED_AT_ONCE = 100;

/** Counts the keys: rows whose key was refused have none. */
async function countKeys(
  session: Session,
  table: string,
  keys: readonly string[],
): Promise<Pick<Staged, 'distinct_keys' | 'keyless_rows'>> {
  const isKeyless = keys.map((key) => `${key} IS NULL`).join(' OR ');
  const keyless_rows = await session.count(`${table} WHERE ${isKeyless}`);
  const distinct_keys = await session.count(
    `(SELECT DISTINCT ${keys.join(', ')} FROM ${table} WHERE NOT (${isKeyless}))`,
  );
  return { distinct_keys, keyless_rows };
}
