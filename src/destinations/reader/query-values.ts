/** Values of a query as DuckDB's binding gives them, without loss. Pure. */
import {
  DuckDBArrayType,
  DuckDBArrayValue,
  DuckDBDecimalValue,
  DuckDBListType,
  DuckDBListValue,
  DuckDBMapType,
  DuckDBMapValue,
  DuckDBStructType,
  DuckDBStructValue,
  type DuckDBType,
  DuckDBTypeId,
  DuckDBUnionType,
  DuckDBUnionValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { type QueryValue, valueAsText } from './values.js';

/** A value without loss: JSON and decimal numbers in their spelling, dates and the like as DuckDB's texts. */
export function queryValue(value: DuckDBValue, type: DuckDBType): QueryValue {
  if (value === null) return null;
  if (type.alias === 'JSON') return { json: String(value) };
  if (typeof value === 'number') return type.typeId === DuckDBTypeId.FLOAT ? shortFloat(value) : value;
  if (typeof value !== 'object') return value;
  if (value instanceof DuckDBDecimalValue) return { json: value.toString() };
  if (value instanceof DuckDBListValue && type instanceof DuckDBListType)
    return value.items.map((item) => queryValue(item, type.valueType));
  if (value instanceof DuckDBArrayValue && type instanceof DuckDBArrayType)
    return value.items.map((item) => queryValue(item, type.valueType));
  if (value instanceof DuckDBStructValue && type instanceof DuckDBStructType)
    return {
      fields: type.entryNames.map((name, i) => [
        name,
        queryValue(value.entries[name] ?? null, type.entryTypes[i]!),
      ]),
    };
  if (value instanceof DuckDBMapValue && type instanceof DuckDBMapType)
    return {
      fields: value.entries.map((entry) => [
        valueAsText(queryValue(entry.key, type.keyType)) ?? 'NULL',
        queryValue(entry.value, type.valueType),
      ]),
    };
  if (value instanceof DuckDBUnionValue && type instanceof DuckDBUnionType)
    return queryValue(value.value, type.memberTypeForTag(value.tag));
  return String(value);
}

/** The shortest number that is this FLOAT: 0.1 and not 0.10000000149011612. */
function shortFloat(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}

/** The name of a type, as DuckDB writes it. */
export function typeName(type: DuckDBType): string {
  if (type instanceof DuckDBListType) return `${typeName(type.valueType)}[]`;
  return type.alias ?? String(type);
}
