/** A field beside the records of an answer, and its possible meaning. */
import type { Json } from '../../../json.js';

/** A field beside the list. */
export interface Field<V extends Json = Json> {
  /** Its path as a config names it: a dotted path into the body, or `header:NAME`. */
  readonly path: string;
  /** Its name as the answer spells it; a header's name without `x-`, with underscores. */
  readonly name: string;
  /** Its value by its meaning: counts are numbers, flags are booleans, however they were sent. */
  readonly value: V;
  /** The field may mean something else: its value is only tried, and never causes a failure by itself. */
  readonly doubtful?: true;
}

/** The recognized fields; each absent where no field of such a name has such a value. */
export interface PagingFields {
  /** A URL, or null after the last page. */
  readonly next_link?: Field<string | null>;
  /** A page's number, or null after the last page. It is a number, never a cursor. */
  readonly next_page?: Field<number | string | null>;
  /** The value that requests the next page, or null after the last page. */
  readonly cursor?: Field<Cursor | null>;
  readonly page?: Field<number>;
  readonly page_size?: Field<number>;
  readonly total_pages?: Field<number>;
  readonly offset?: Field<number>;
  readonly total?: Field<number>;
  /** Whether more records follow; for a field such as `last` or `done`, the opposite of its value. */
  readonly more?: Field<boolean>;
  /**
   * Shows that a first page is not the complete list: `more` where that is certain, else a range of a list of
   * unknown length.
   */
  readonly partial?: Field & { readonly more: boolean };
  /** The path of each field that was examined. */
  readonly paths: readonly string[];
}

/**
 * The value that requests a next page: a text, a number, or several of them, such as `search_after` of
 * Elasticsearch.
 */
export type Cursor = number | string | readonly Json[];

/** A field whose meaning is not yet known. */
export interface Found extends Field {
  /** The key of the enclosing object. */
  readonly around: string;
}

/** The field with its meaning as its value. */
export const fieldOf = <V extends Json>({ path, name }: Field, value: V): Field<V> => ({ path, name, value });
