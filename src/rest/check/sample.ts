/** One record as an example for people: values shortened, secrets removed, numbers exactly as sent. Pure. */
import { isJsonObject, type Json } from '../../json.js';
import { isTooDeep } from '../decode/answer/bounds.js';
import { membersOf } from '../decode/members.js';

/** Longest a value is shown, in characters. */
const LONGEST = 60;
/** Names of fields whose values nobody should see. */
const SECRET = /pass_?(word|wd|phrase|code)|secret|token|api_?key|credential|\bhash\b|_hash\b/i;

/** The options of a sample, beside its record. */
export interface SampleOptions {
  /** What the record gets from a parent, as JSON texts by name. */
  readonly included?: Iterable<readonly [name: string, json: string]> | undefined;
  /** Whether a value repeats a secret of its request. */
  readonly holdsSecret?: ((text: string) => boolean) | undefined;
}

/**
 * The first of several records (JSON objects joined by commas) with what it gets from a parent, undefined
 * where there is none; long lists and objects as the beginning of their JSON text.
 */
export function sampleOf(
  records: Uint8Array,
  excluded: readonly string[],
  { included = [], holdsSecret = () => false }: SampleOptions = {},
): Readonly<Record<string, Json>> | undefined {
  const [first] = membersOf(records);
  if (first === undefined) return undefined;
  const fields = [...new Map([...first, ...included])].flatMap(([name, raw]) =>
    SECRET.test(name) || holdsSecret(raw) || excluded.includes(name) ? [] : [[name, shown(raw)] as const],
  );
  // A field may be called `__proto__`.
  return Object.fromEntries(fields);
}

function shown(raw: string): Json {
  // The functions that read it recurse once for each level.
  if (isTooDeep(Buffer.from(raw))) return SECRET.test(raw) ? '…' : shortened(raw);
  // These bytes have already been read as JSON, so they are valid.
  const value = JSON.parse(raw) as Json;
  if (typeof value === 'string') return shortened(value);
  // Beyond 2^53, JavaScript has rounded the number.
  if (typeof value === 'number') return String(value) === raw ? value : shortened(raw);
  if (typeof value === 'boolean' || value === null) return value;
  const open = SECRET.test(raw) ? withoutSecrets(value) : value;
  const text = SECRET.test(raw) ? JSON.stringify(open) : raw;
  // A value stays as it is if nothing is lost that way; otherwise it becomes text.
  return text.length <= LONGEST && JSON.stringify(open) === text ? open : shortened(text);
}

function withoutSecrets(value: Json): Json {
  if (Array.isArray(value)) return value.map((element: Json) => withoutSecrets(element));
  if (!isJsonObject(value)) return value;
  const shown = Object.entries(value).filter(([name]) => !SECRET.test(name));
  return Object.fromEntries(shown.map(([name, inner]) => [name, withoutSecrets(inner)]));
}

function shortened(text: string): string {
  // A character takes two units at most.
  const characters = [...text.slice(0, 2 * LONGEST + 2)];
  return characters.length <= LONGEST ? text : `${characters.slice(0, LONGEST - 1).join('')}…`;
}
