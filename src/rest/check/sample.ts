/** One record for people to look at: values shortened, secrets left out, numbers exactly as sent. Pure. */
import { isJsonObject, type Json } from '../../json.js';
import { isTooDeep } from '../decode/answer/bounds.js';
import { membersOf } from '../decode/members.js';

/** Longest a value is shown, in characters. */
const LONGEST = 60;
/** Fields whose names say that nobody is to see them. */
const SECRET = /pass_?(word|wd|phrase|code)|secret|token|api_?key|credential|\bhash\b|_hash\b/i;

/** What a sample is made with beside its record. */
export interface SampleOptions {
  /** What the record gets of a parent, as JSON texts by name. */
  readonly included?: Iterable<readonly [name: string, json: string]> | undefined;
  /** Whether a value repeats what its request was authorized with. */
  readonly holdsSecret?: ((text: string) => boolean) | undefined;
}

/**
 * The first of some records (JSON objects joined by commas) with what it gets of a parent, undefined where
 * there is none; long lists and objects as the beginning of their JSON text.
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
  // What walks it calls itself once a level.
  if (isTooDeep(Buffer.from(raw))) return SECRET.test(raw) ? '…' : shortened(raw);
  // What is walked over here has been read as JSON before.
  const value = JSON.parse(raw) as Json;
  if (typeof value === 'string') return shortened(value);
  // Beyond 2^53 a number is not what was sent any more.
  if (typeof value === 'number') return String(value) === raw ? value : shortened(raw);
  if (typeof value === 'boolean' || value === null) return value;
  const open = SECRET.test(raw) ? withoutSecrets(value) : value;
  const text = SECRET.test(raw) ? JSON.stringify(open) : raw;
  // As it is where nothing of it is lost that way, else as text.
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
