/** The mistakes of a config file in sentences: the position, the value found, and the values allowed. */
import type { z } from 'zod';
import { XanoError } from '../../errors.js';
import { nearestName } from '../../names.js';

/** One mistake, and the path of its field. */
export interface Mistake {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

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

/** A message for a mistake that zod found; undefined where the schema has its own message. */
export const issueInWords: z.core.$ZodErrorMap = (issue) => {
  const { input } = issue;
  const missing = input === undefined;
  switch (issue.code) {
    case 'invalid_type':
      return missing
        ? `is missing; allowed is ${inWords(issue.expected)}`
        : `found ${kindOf(input)}; allowed is ${inWords(issue.expected)}`;
    case 'invalid_value': {
      const allowed = issue.values.map(String);
      return missing ? `is missing; ${choices(allowed)}` : wrongChoice(input, allowed);
    }
    case 'invalid_union': {
      const options = (issue as { readonly options?: readonly unknown[] }).options?.map(String) ?? [];
      if (options.length === 0) return undefined;
      const given = (input as Record<string, unknown> | undefined)?.[issue.discriminator ?? ''];
      return given === undefined ? `is missing; ${choices(options)}` : wrongChoice(given, options);
    }
    case 'unrecognized_keys': {
      const { inst } = issue as { readonly inst?: { readonly _zod: { readonly def: object } } };
      const { shape = {} } = (inst?._zod.def ?? {}) as { readonly shape?: object };
      // {@link mistakesOf} splits this again: one sentence for each key.
      return `${UNKNOWN}${Object.keys(shape).join(', ')}`;
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

const UNKNOWN = 'unknown key; allowed: ';

const choices = (allowed: readonly string[]): string =>
  `allowed ${allowed.length === 1 ? 'is' : 'are'} ${allowed.map((value) => JSON.stringify(value)).join(', ')}`;

function wrongChoice(given: unknown, allowed: readonly string[]): string {
  if (typeof given !== 'string') return `found ${kindOf(given)}; ${choices(allowed)}`;
  const near = nearestName(allowed, given);
  // A long text is not a typo of these, and may be a secret.
  const shown = near === undefined && given.length > 20 ? 'a text' : JSON.stringify(given);
  return `found ${shown}; ${near === undefined ? '' : `did you mean ${JSON.stringify(near)}? `}${choices(allowed)}`;
}

/** The mistakes in an error of zod, including those within alternatives. */
export function mistakesOf(issues: readonly z.core.$ZodIssue[], at: readonly PropertyKey[] = []): Mistake[] {
  return issues.flatMap((issue): Mistake[] => {
    const path = [...at, ...issue.path];
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => unknownKey(path, key, issue.message.slice(UNKNOWN.length).split(', ')));
    if (issue.code !== 'invalid_union' || issue.errors.length === 0)
      return [{ path, message: issue.message }];
    // The alternative of the right kind is the intended one; without one, the message lists all kinds.
    const ofKind = (...codes: string[]) =>
      issue.errors
        .filter((inner) => !inner.some(({ code, path: in_it }) => codes.includes(code) && in_it.length === 0))
        .toSorted((a, b) => a.length - b.length)[0];
    const meant = ofKind('invalid_type', 'invalid_value') ?? ofKind('invalid_type');
    if (meant !== undefined) return mistakesOf(meant, path);
    const allowed = issue.errors.flatMap((inner) =>
      inner.flatMap((choice) => (choice.code === 'invalid_type' ? inWords(choice.expected) : [])),
    );
    const first = issue.errors[0]?.[0]?.message ?? issue.message;
    return [{ path, message: allowing(first, [...new Set(allowed)]) }];
  });
}

/** A message with another list of allowed kinds. */
function allowing(message: string, kinds: readonly string[]): string {
  const at = message.indexOf(ALLOWED);
  return at < 0 ? message : `${message.slice(0, at)}${ALLOWED}${kinds.join(' or ')}`;
}

const ALLOWED = 'allowed is ';

function unknownKey(path: readonly PropertyKey[], key: string, allowed: readonly string[]): Mistake {
  const near = nearestName(allowed, key);
  const meant = near === undefined ? '' : `did you mean "${near}"? `;
  return { path: [...path, key], message: `is not a known field; ${meant}allowed are ${allowed.join(', ')}` };
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
