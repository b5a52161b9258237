/** The largest page that a refusal names, in the words that servers use for it. Pure. */

/** Before a number that is still allowed: "Maximum: 50", "may not be greater than 25", "limit is 1,000". */
const ALLOWED =
  /\bmax(?:imum|imal)?|\blimit(?:ed)?|\bat most|\bup to|\bno more than|\b(?:greater|larger|more|higher|bigger) than|\bexceed(?:s|ed)?|\bless than or equal(?: to)?|<=|≤/gi;
/** After a number that is still allowed: "50 or less", "100 is the maximum". */
const ALLOWED_AFTER =
  /^(?: \w+)?,? (?:or (?:less|fewer|lower|smaller)|(?:is|are) the (?:max|limit|most)|at most|max\b)/i;
/** Between the ends of a range: "must be between 1 and 100". */
const RANGE = /\b(?:between|from) \d+ (?:and|to) $/i;
/** Before the first number that is refused: "must be less than 51". */
const REFUSED = /(?:\b(?:less|fewer|lower|smaller) than|\bbelow|\bunder|<)(?! or| ?=)/gi;

/** The most characters between a number and the words that explain it. */
const NEAR = { allowed: 40, refused: 10 };
/** Longer than any of these words with the text between. */
const SPAN = 80;
/** The characters of a refusal that are read: its reason is at the beginning. */
const MOST_WORDS = 20_000;

/**
 * The largest page that a server allows, by its own words for refusing `asked` records; undefined where they
 * name no smaller number. Of several numbers the largest counts: a guess that is too large is refused again,
 * but one that is too small costs requests for the rest of the load.
 */
export function limitIn(words: string, asked: number): number | undefined {
  const named: number[] = [];
  let previous = 0;
  for (const { 0: digits, index } of words.slice(0, MOST_WORDS).matchAll(/\d[\d,]*/g)) {
    const preceding = words.slice(Math.max(previous, index - SPAN), index);
    const end = index + digits.length;
    const number = Number(digits.replaceAll(',', ''));
    const isAllowed =
      endsNear(preceding, ALLOWED, NEAR.allowed) ||
      RANGE.test(words.slice(Math.max(0, index - SPAN), index)) ||
      ALLOWED_AFTER.test(words.slice(end, end + SPAN));
    if (isAllowed) named.push(number);
    if (endsNear(preceding, REFUSED, NEAR.refused)) named.push(number - 1);
    previous = end;
  }
  const smaller = named.filter((number) => number >= 1 && number < asked);
  return smaller.length === 0 ? undefined : Math.max(...smaller);
}

/** Whether these words are in a text, at most so many characters before its end. */
const endsNear = (text: string, words: RegExp, most: number): boolean =>
  [...text.matchAll(words)].some(({ 0: match, index }) => text.length - index - match.length <= most);
