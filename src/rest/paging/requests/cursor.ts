/** Cursors: which values may be one, and how a request holds it. Pure. */
import type { Json } from '../../../json.js';
import { withoutVariables } from '../../config/template.js';
import type { Cursor } from '../fields/field.js';
import type { InRequest } from './request-params.js';

/** Whether a value can be sent back unchanged: beyond 2^53, JavaScript has rounded a number. */
export function isCursor(value: unknown): value is Cursor {
  if (Array.isArray(value))
    return value.every(
      (part) => part === null || typeof part === 'boolean' || (!Array.isArray(part) && isCursor(part)),
    );
  return (
    typeof value === 'string' ||
    (typeof value === 'number' && (Number.isSafeInteger(value) || !Number.isInteger(value)))
  );
}

/** A cursor as a request holds it: one of several parts as JSON, which becomes text in a query. */
export function writtenCursor(pagination: InRequest, cursor: Cursor): Json {
  if (typeof cursor === 'string') return withoutVariables(cursor);
  if (typeof cursor === 'number') return cursor;
  const parts = cursor.map((part) => (typeof part === 'string' ? withoutVariables(part) : part));
  return pagination.in === 'body' || pagination.inside !== undefined ? parts : JSON.stringify(parts);
}
