/** One record for people to look at: values shortened, secrets left out, numbers exactly as sent. Pure. */
import { isJsonObject, type Json } from '../json.js';
import { LOAD_ID_COLUMN } from '../target.js';
import { skipSpace, stringEnd, valueEnd } from './bytes.js';

/** Longest a value is shown, in characters. */
const LONGEST = 60;
/** Fields whose names say that nobody is to see them. */
const SECRET = /pass_?(word|wd|phrase|code)|secret|token|api_?key|credential|\bhash\b|_hash\b/i;

/** The first of some records (JSON objects joined by commas), undefined where there is none; long lists and objects as the beginning of their JSON text. */
export function sampleOf(
  records: Uint8Array,
  left_out: readonly string[],
): Readonly<Record<string, Json>> | undefined {
  if (records.length === 0) return undefined;
  const fields: [string, Json][] = [];
  let i = skipSpace(records, skipSpace(records, 0) + 1);
  while (records[i] === 0x22) {
    const keyEnd = Math.abs(stringEnd(records, i));
    const name = String(JSON.parse(textAt(records, i, keyEnd)));
    const start = skipSpace(records, skipSpace(records, keyEnd) + 1);
    const end = Math.abs(valueEnd(records, start));
    // What was cut out of the records stands there under the name of our own column.
    if (!SECRET.test(name) && ![LOAD_ID_COLUMN, ...left_out].includes(name))
      fields.push([name, shown(textAt(records, start, end))]);
    i = skipSpace(records, skipSpace(records, end) + 1);
  }
  // A field may be called `__proto__`.
  return Object.fromEntries(fields);
}

function textAt(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.subarray(from, to)).toString('utf8');
}

function shown(raw: string): Json {
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
  if (Array.isArray(value)) return value.map((one: Json) => withoutSecrets(one));
  if (!isJsonObject(value)) return value;
  const kept = Object.entries(value).filter(([name]) => !SECRET.test(name));
  return Object.fromEntries(kept.map(([name, inner]) => [name, withoutSecrets(inner)]));
}

function shortened(text: string): string {
  const characters = [...text];
  return characters.length <= LONGEST ? text : `${characters.slice(0, LONGEST - 1).join('')}…`;
}
