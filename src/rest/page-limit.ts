/** The largest page that a refusal names, in the words that servers use for it. Pure. */

/** A number that is still allowed: "Maximum: 50", "may not be greater than 25", "limit is 1,000". */
const ALLOWED =
  /(?:\bmax(?:imum|imal)?|\blimit(?:ed)?|\bat most|\bup to|\bno more than|\b(?:greater|larger|more|higher|bigger) than|\bexceed(?:s|ed)?|\bless than or equal(?: to)?|<=|≤)\D{0,40}?(\d[\d,]*)/gi;
/** The end of a range: "must be between 1 and 100". */
const RANGE = /\b(?:between|from) \d+ (?:and|to) (\d[\d,]*)/gi;
/** The same before its words: "50 or less", "100 is the maximum". */
const ALLOWED_BEFORE =
  /(\d[\d,]*)(?: \w+)?,? (?:or (?:less|fewer|lower|smaller)|(?:is|are) the (?:max|limit|most)|at most|max\b)/gi;
/** The first number that is refused: "must be less than 51". */
const REFUSED = /(?:\b(?:less|fewer|lower|smaller) than|\bbelow|\bunder|<)(?! or| ?=)\D{0,10}?(\d[\d,]*)/gi;

/**
 * The most records that a server gives at a time, by its own words for refusing `asked` of them; undefined where they name no smaller number.
 * Of several numbers the largest counts: too large a guess is refused again, too small a one costs requests for good.
 */
export function limitIn(words: string, asked: number): number | undefined {
  const numbers = (pattern: RegExp): number[] =>
    [...words.matchAll(pattern)].map(([, digits]) => Number(digits!.replaceAll(',', '')));
  const named = [
    ...numbers(ALLOWED),
    ...numbers(RANGE),
    ...numbers(ALLOWED_BEFORE),
    ...numbers(REFUSED).map((number) => number - 1),
  ].filter((number) => number >= 1 && number < asked);
  return named.length === 0 ? undefined : named.reduce((most, number) => Math.max(most, number));
}
