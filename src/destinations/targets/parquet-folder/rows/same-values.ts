/** Whether two rows have the same values, as SQL. Pure. */
import { LOAD_ID_COLUMN } from '../../../../table/column.js';
import { quote } from '../../../engine/sql.js';

/**
 * Conditions that rows `new` and `old` have the same values in these columns, whichever loads wrote them.
 */
export function sameValues(types: ReadonlyMap<string, string>): string[] {
  const conditions = [...types].flatMap(([name, type]) =>
    name === LOAD_ID_COLUMN ? [] : isSame(quote(name), type),
  );
  return conditions.length === 0 ? ['true'] : conditions;
}

/** Conditions that a column has the same value, bit by bit: 0 and -0 are equal in SQL. */
function isSame(name: string, type: string): string[] {
  const equal = `new.${name} IS NOT DISTINCT FROM old.${name}`;
  const texts = `new.${name}::VARCHAR = old.${name}::VARCHAR`;
  if (type === 'DOUBLE' || type === 'FLOAT')
    return [equal, `CASE WHEN new.${name} = 0 THEN ${texts} ELSE true END`];
  if (!/^(DOUBLE|FLOAT)\[/.test(type)) return [equal];
  // Texts of long vectors take long, and few of them hold a zero.
  const has_zero = /\]\[/.test(type) ? `new.${name} IS NOT NULL` : `list_contains(new.${name}, 0)`;
  return [equal, `CASE WHEN ${has_zero} THEN ${texts} ELSE true END`];
}
