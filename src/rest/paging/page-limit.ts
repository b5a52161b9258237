/** The largest page that a refusal names, in the words that servers use for it. Pure. */

/** Before a number that is still allowed: "Maximum: 50", "may not be greater than 25", "limit is 1,000". */
const ALLOWED =
  /\bmax(?:imum|imal)?|\blimit(?:ed)?|\bat most|\bup to|\bno more than|\b(?:greater|larger|more|higher|bigger) than|\bexceed(?:s|ed)?|\bless than or equal(?: to)?|<=|≤/gi;
/** After one: "50 or less", "100 is the maximum". */
const ALLOWED_AFTER =
  /^(?: \w+)?,? (?:or (?:less|fewer|lower|smaller)|(?:is|are) the (?:max|limit|most)|at most|max\b)/i;
/** Between the ends of a range: "must be between 1 and 100". */
const RANGE = /\b(?:between|from) \d+ (?:and|to) $/i;
/** Before the first number that is refused: "must be less than 51". */
const REFUSED = /(?:\b(?:less|fewer|lower|smaller) than|\bbelow|\bunder|<)(?! or| ?=)/gi;

/** How many characters may stand between a number and the words that tell what it is. */
const NEAR = { allowed: 40, refused: 10 };
/** More than any of these words, and what may stand between, are long. */
const SPAN = 80;
/** Of a refusal so many characters are read: whoever refuses says why at its beginning. */
const MOST_WORDS = 20_000;

/**
 * The most records that a server gives at a time, by its own words for refusing `asked` of them; undefined
 * where they name no smaller number. Of several numbers the largest counts: too large a guess is refused
 * again, too small a one costs requests for good.
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

/** Whether words stand in a text, at most so many characters before its end. */
const endsNear = (text: string, words: RegExp, most: number): boolean =>
  [...text.matchAll(words)].some(({ 0: match, index }) => text.length - index - match.length <= most);
