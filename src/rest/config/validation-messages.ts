/** The mistakes of a config file in sentences: the position, the value found, and the values allowed. */
import type { z } from 'zod';
import { XanoError } from '../../errors.js';
import { didYouMean, nearestName } from '../../names.js';

/** One mistake, and the path of its field. */
export interface Mistake {
  readonly path: readonly PropertyKey[];
  /** The sentence behind the path, without its end. */
  readonly message: string;
  /** A name that does not exist, and those that do: the sentence ends with the nearest one. */
  readonly unknown?: UnknownName | undefined;
}

interface UnknownName {
  readonly name: string;
  readonly names: readonly string[];
}

/**
 * A mistake as a sentence: `resources[1].method found "GTE"; allowed are "GET", "POST"; did you mean "GET"?`
 */
export const mistakeInWords = ({ path, message, unknown }: Mistake): string =>
  `${fieldPath(path)} ${message}${unknown === undefined ? '.' : didYouMean(unknown.names, unknown.name)}`;

const WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  undefined: 'nothing',
  null: 'null',
};

const inWords = (type: string): string => WORDS[type] ?? type;

/** The kind of a value. The value itself may be a secret in a wrong field. */
function kindOf(value: unknown): string {
  if (value === null) return 'nothing';
  return Array.isArray(value) ? 'a list' : inWords(typeof value);
}

/** What a schema reads of a value, or what is wrong with it. */
export function parseInWords<T>(
  schema: z.ZodType<T>,
  given: unknown,
): { readonly data: T; readonly mistakes?: undefined } | { readonly mistakes: readonly Mistake[] } {
  // zod tells the schema of an issue to its error map alone: the keys that an object may have are kept here,
  // by the list of those that it may not.
  const known: KnownKeys = new Map();
  const read = schema.safeParse(given, {
    // Found values decide what a mistake says. Nothing prints zod's own error.
    reportInput: true,
    error: (issue) => {
      if (issue.code === 'unrecognized_keys') known.set(issue.keys, keysOf(issue.inst));
      return issueInWords(issue);
    },
  });
  return read.success ? { data: read.data } : { mistakes: mistakesOf(read.error.issues, known) };
}

type KnownKeys = Map<readonly string[], readonly string[]>;

function keysOf(schema: { readonly _zod: { readonly def: object } } | undefined): readonly string[] {
  const { shape = {} } = (schema?._zod.def ?? {}) as { readonly shape?: object };
  return Object.keys(shape);
}

/** What zod finds wrong, in our words; undefined where the schema has words of its own. */
const issueInWords: z.core.$ZodErrorMap = (issue) => {
  const { input } = issue;
  switch (issue.code) {
    case 'invalid_type':
      return wrongKind(input, [inWords(issue.expected)]);
    case 'invalid_value':
    case 'invalid_union': {
      const choice = choiceOf(issue);
      return choice === undefined ? undefined : wrongChoice(choice);
    }
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array'
        ? 'is empty'
        : `found ${String(input)}; allowed is ${String(issue.minimum)} or more`;
    case 'too_big':
      return `found ${String(input)}; allowed is ${String(issue.maximum)} at most`;
    case 'invalid_format':
      return `has the wrong format${issue.pattern === undefined ? '' : ` (${issue.pattern})`}`;
    default:
      return undefined;
  }
};

const wrongKind = (input: unknown, kinds: readonly string[]): string =>
  `${input === undefined ? 'is missing' : `found ${kindOf(input)}`}; allowed is ${kinds.join(' or ')}`;

const choices = (allowed: readonly string[]): string =>
  `allowed ${allowed.length === 1 ? 'is' : 'are'} ${allowed.map((value) => JSON.stringify(value)).join(', ')}`;

/** What was given in the place of one of a few texts. */
interface Choice {
  readonly given: unknown;
  readonly allowed: readonly string[];
}

/** The choice that an issue is about; undefined where it is about another thing. */
function choiceOf(issue: z.core.$ZodIssue | z.core.$ZodRawIssue): Choice | undefined {
  if (issue.code === 'invalid_value') return { given: issue.input, allowed: issue.values.map(String) };
  if (issue.code !== 'invalid_union') return undefined;
  const { input, options = [], discriminator = '' } = issue as z.core.$ZodIssueInvalidUnion & Alternatives;
  const given = (input as Readonly<Record<string, unknown>> | undefined)?.[discriminator];
  return options.length === 0 ? undefined : { given, allowed: options.map(String) };
}

/** What an issue about alternatives that one field tells apart has beside its type. */
interface Alternatives {
  readonly options?: readonly unknown[];
}

function wrongChoice({ given, allowed }: Choice): string {
  if (given === undefined) return `is missing; ${choices(allowed)}`;
  if (typeof given !== 'string') return `found ${kindOf(given)}; ${choices(allowed)}`;
  // A long text is none of these mistyped, and may be a secret.
  const isHidden = given.length > 20 && nearestName(allowed, given) === undefined;
  return `found ${isHidden ? 'a text' : JSON.stringify(given)}; ${choices(allowed)}`;
}

/** The mistakes that an error of zod tells of, the ones within alternatives among them. */
function mistakesOf(
  issues: readonly z.core.$ZodIssue[],
  known: KnownKeys,
  at: readonly PropertyKey[] = [],
): Mistake[] {
  return issues.flatMap((issue): Mistake[] => {
    const path = [...at, ...issue.path];
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => unknownKey(path, key, known.get(issue.keys) ?? []));
    if (issue.code === 'invalid_key') return [{ path, message: issue.issues[0]?.message ?? issue.message }];
    if (issue.code !== 'invalid_union' || issue.errors.length === 0)
      return [{ path, message: issue.message, unknown: unknownChoice(issue) }];
    // The alternative that was meant is the one of the right kind; where there is none, all kinds are told.
    const ofKind = (...codes: string[]) =>
      issue.errors
        .filter((inner) => !inner.some(({ code, path: in_it }) => codes.includes(code) && in_it.length === 0))
        .toSorted((a, b) => a.length - b.length)[0];
    const meant = ofKind('invalid_type', 'invalid_value') ?? ofKind('invalid_type');
    if (meant !== undefined) return mistakesOf(meant, known, path);
    const kinds = issue.errors.flatMap((inner) =>
      inner.flatMap((one) => (one.code === 'invalid_type' ? inWords(one.expected) : [])),
    );
    return [{ path, message: wrongKind(issue.input, [...new Set(kinds)]) }];
  });
}

/** The text that is none of a few; undefined for another value and for another issue. */
function unknownChoice(issue: z.core.$ZodIssue): UnknownName | undefined {
  const { given, allowed = [] } = choiceOf(issue) ?? {};
  return typeof given === 'string' ? { name: given, names: allowed } : undefined;
}

function unknownKey(path: readonly PropertyKey[], key: string, names: readonly string[]): Mistake {
  const message = `is not a known field; allowed are ${names.join(', ')}`;
  return { path: [...path, key], message, unknown: { name: key, names } };
}

/** The most mistakes that an error names: the first ones of the file. */
const MOST_NAMED = 50;

/**
 * The error of a file: its message names the only mistake, or its details name the first 50 of several.
 * `found` is how many mistakes the file has, where that is more than were described.
 */
export function invalidFile(
  summary: string,
  mistakes: readonly string[],
  hint: string,
  total = mistakes.length,
): XanoError {
  const [only] = mistakes;
  if (total === 1) return new XanoError('CONFIG_INVALID', `${summary} ${only}`, { hint });
  const left = total - MOST_NAMED;
  const details = [...mistakes.slice(0, MOST_NAMED), ...(left > 0 ? [`And ${left} more.`] : [])];
  return new XanoError('CONFIG_INVALID', summary, { hint, details });
}

/** A field's path as people write it: `endpoints[2].pagination.page_size`. */
export function fieldPath(path: readonly PropertyKey[]): string {
  const written = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return written.replace(/^\./, '') || 'the file';
}
