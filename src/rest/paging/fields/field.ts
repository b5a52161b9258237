/** A field beside the records of an answer, and what it may mean. */
import type { Json } from '../../../json.js';

/** A field beside the list. */
export interface Field<V extends Json = Json> {
  /** As a config names it: a dotted path into the body, or `header:NAME`. */
  readonly path: string;
  /** As the answer spells it; of a header without `x-`, with underscores. */
  readonly name: string;
  /** What it means: counts are numbers, flags are booleans, whatever they were sent as. */
  readonly value: V;
  /** It may as well be of something else: what it says is to be tried, and nothing fails by it alone. */
  readonly doubtful?: true;
}

/** The fields that were found; each absent where no field of such a name has such a value. */
export interface PagingFields {
  /** An address, or null after the last page. */
  readonly next_link?: Field<string | null>;
  /** A page's number, or null after the last page. It is a number, never a cursor. */
  readonly next_page?: Field<number | string | null>;
  /** What the next page is asked for with, or null after the last page. */
  readonly cursor?: Field<Cursor | null>;
  readonly page?: Field<number>;
  readonly page_size?: Field<number>;
  readonly total_pages?: Field<number>;
  readonly offset?: Field<number>;
  readonly total?: Field<number>;
  /** Whether more records follow; of a field that says `last` or `done`, the opposite of its value. */
  readonly more?: Field<boolean>;
  /**
   * Shows that a first page is not the whole list: `more` where it is certain, else a range of a list of
   * unknown length.
   */
  readonly partial?: Field & { readonly more: boolean };
  /** The path of each field that was looked at. */
  readonly paths: readonly string[];
}

/**
 * What a next page is asked for with: a text, a number, or several of them, such as `search_after` of
 * Elasticsearch.
 */
export type Cursor = number | string | readonly Json[];

/** A field before anybody knows what it means. */
export interface Found extends Field {
  /** The key of the object that it stands in. */
  readonly around: string;
}

/** The field with what it means as its value. */
export const fieldOf = <V extends Json>({ path, name }: Field, value: V): Field<V> => ({ path, name, value });
