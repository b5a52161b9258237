/** Texts in XML. */

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** A text as the content of an element. */
export function xmlText(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character]!);
}

/** A text within a comment, which two hyphens would end. */
export function xmlComment(text: string): string {
  return text.replaceAll('--', '\u2010\u2010');
}
