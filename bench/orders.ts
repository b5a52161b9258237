/** Makes the records of an imagined shop: the same ones every time, as Xano would spell them. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { type Facts, type Gaps, idAt, STATUSES } from './sets.js';

const FIRST_NAMES =
  'Ada Grace Alan Edsger Barbara Donald Zoë Jürgen Renée Øystein Noor Mei Tomás Ngozi'.split(' ');
const LAST_NAMES =
  'Lovelace Hopper Turing Dijkstra Liskov Knuth Müller García Nguyễn Okafor Larsen Silva'.split(' ');
const WORDS = (
  'the order came with a box of blue paper and two small bottles that nobody had asked for so the customer wrote back ' +
  'to say that everything else was fine except the colour which is now called “sea green” in our catalogue and café ' +
  'orders are handled on Tuesday mornings before the warehouse opens its doors'
).split(' ');
const TAGS = ['gift', 'express', 'b2b', 'fragile', 'returning customer', 'vip', 'newsletter', 'größe L'];
const SOURCES = ['web', 'app', 'partner', 'phone'];

/**
 * When the first order was made, and when all of them were last changed at the latest; epoch milliseconds.
 */
const FIRST_TIME = Date.UTC(2021, 0, 1);
/** No record was changed later than this until the benchmark changes some. */
export const LAST_CHANGE = Date.UTC(2025, 0, 1);
const DAY_MS = 86_400_000;

/** Small, fast, and the same everywhere (mulberry32). */
function diceOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Writes records as NDJSON, one write every few megabytes, and says what they add up to. */
export function writeOrders(file: string, rows: number, gaps: Gaps, tracked: boolean): Facts {
  const dice = diceOf(1);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(dice() * list.length)]!;
  const whole = (below: number): number => Math.floor(dice() * below);
  const birthdays = Array.from({ length: 20_000 }, (_, day) =>
    new Date(Date.UTC(1950, 0, 1) + day * DAY_MS).toISOString().slice(0, 10),
  );
  const bios = Array.from({ length: 4096 }, () => {
    const words: string[] = [];
    for (let length = 0, wanted = 100 + whole(80); length < wanted; ) {
      const word = pick(WORDS);
      words.push(word);
      length += word.length + 1;
    }
    if (whole(20) === 0) words.splice(3, 0, '"so it is said"\n');
    const text = words.join(' ');
    return { text: JSON.stringify(text), characters: [...text].length };
  });

  const step = Math.floor((LAST_CHANGE - FIRST_TIME) / rows);
  let ids = 0;
  let cents = 0;
  let bio_characters = 0;
  let text = '';
  const fd = openSync(file, 'w');
  for (let place = 0; place < rows; place++) {
    const id = idAt(place, gaps);
    const created = FIRST_TIME + place * step;
    const updated = created + Math.floor(dice() * (LAST_CHANGE - created));
    const first = pick(FIRST_NAMES);
    const last = pick(LAST_NAMES);
    const amount = 1000 + whole(999_000);
    const bio = pick(bios);
    const tags = Array.from({ length: whole(4) }, () => `"${pick(TAGS)}"`).join(',');
    const score = whole(5) === 0 ? 'null' : String(whole(1001));
    const times = tracked ? `"created_at":${created},"updated_at":${updated}` : `"created_at":${created}`;
    text +=
      `{"id":${id},${times},"name":"${first} ${last}",` +
      `"email":"${first.toLowerCase()}.${id}@example.com","active":${whole(3) > 0},"price":${(amount / 100).toFixed(2)},` +
      `"birthday":"${pick(birthdays)}","status":"${pick(STATUSES)}",` +
      `"meta":{"source":"${pick(SOURCES)}","visits":${whole(500)},"ratio":0.${1 + whole(9)}},` +
      `"tags":[${tags}],"bio":${bio.text},"score":${score}}\n`;
    ids += id;
    cents += amount;
    bio_characters += bio.characters;
    if (text.length > 4_000_000) {
      writeSync(fd, text);
      text = '';
    }
  }
  writeSync(fd, text);
  closeSync(fd);
  return { rows, distinct_ids: rows, ids, cents, bio_characters };
}
