/** Whether values look personal. Values go in, and only a kind comes out. Pure. */
import { isIP } from 'node:net';
import type { PersonalKind } from './personal-names.js';

/** Characters of a text that are looked at. */
const MOST_TEXT = 2_000;
/** Values within one value of JSON. */
const MOST_INNER = 200;

/** The kinds of personal data in a value: a text, a number, or texts and numbers within JSON. */
export function personalValue(value: unknown): ReadonlySet<PersonalKind> {
  const kinds = new Set<PersonalKind>();
  for (const text of textsIn(value)) for (const kind of kindsOf(text)) kinds.add(kind);
  return kinds;
}

function textsIn(value: unknown): string[] {
  const texts: string[] = [];
  const waiting: unknown[] = [value];
  while (waiting.length > 0 && texts.length < MOST_INNER) {
    const next = waiting.pop();
    if (typeof next === 'string' || typeof next === 'number') texts.push(String(next).slice(0, MOST_TEXT));
    else if (typeof next === 'object' && next !== null)
      waiting.push(...Object.values(next).slice(0, MOST_INNER));
  }
  return texts;
}

function kindsOf(text: string): PersonalKind[] {
  const found: PersonalKind[] = [];
  if (isPhone(text)) found.push('phone');
  if (isCard(text)) found.push('card');
  if (isIban(text)) found.push('bank');
  for (const word of text.split(/[\s,;<>()"']/)) {
    if (isEmail(word)) found.push('email');
    if (isIP(word) !== 0) found.push('ip');
  }
  return found;
}

function isEmail(word: string): boolean {
  const at = word.indexOf('@');
  if (at < 1 || at !== word.lastIndexOf('@') || word.length > 254) return false;
  const labels = word.slice(at + 1).split('.');
  return labels.length > 1 && labels.every((label) => /^[\p{L}\p{N}-]+$/u.test(label));
}

/** A number as people write it for others: with its country, a zero or brackets in front. */
function isPhone(text: string): boolean {
  const trimmed = text.trim();
  if (trimmed.length > 25 || /^\d{4}-\d\d-\d\d/.test(trimmed)) return false;
  if (!/^[+0(]/.test(trimmed) || !/^[+\d\s()./-]+$/.test(trimmed)) return false;
  const digits = trimmed.replace(/\D/g, '');
  // 0.4530000 is a number.
  return digits.length >= 7 && digits.length <= 15 && !/^0?\.\d+$/.test(trimmed);
}

/** 13 to 19 digits whose check digit is right (Luhn). */
function isCard(text: string): boolean {
  const compact = text.trim().replace(/[ -]/g, '');
  if (!/^[3-6]\d{12,18}$/.test(compact)) return false;
  let sum = 0;
  for (let i = 0; i < compact.length; i++) {
    const digit = Number(compact[compact.length - 1 - i]);
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** An IBAN whose check digits are right (ISO 7064, mod 97). */
function isIban(text: string): boolean {
  const compact = text.trim().replaceAll(' ', '').toUpperCase();
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(compact)) return false;
  let rest = 0;
  for (const character of compact.slice(4) + compact.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}
