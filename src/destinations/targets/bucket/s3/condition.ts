/** Conditions under which an object is written: nobody else may have written it meanwhile. Pure. */
import type { Answer } from './send-once.js';

/** What must be there when an object is written: this version of it, or nothing. */
export type Expected = { readonly etag: string } | null;

/** The header that tells whether an object comes from a request whose answer was lost. */
export const MARK = 'x-amz-meta-xano-write';

/** The headers of a condition. */
export const conditionOf = (expected: Expected): Readonly<Record<string, string>> =>
  expected === null ? { 'if-none-match': '*' } : { 'if-match': expected.etag };

/** Whether a condition did not hold. Amazon answers 404 where the expected object is gone. */
export const isRefused = ({ status, text }: Pick<Answer, 'status' | 'text'>): boolean =>
  status === 412 || status === 409 || (status === 404 && /<Code>NoSuchKey</.test(text));
