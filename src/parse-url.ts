/** Texts as URLs. Pure. */

/**
 * A text as a URL, perhaps relative to a base; undefined where it is none. Not by `URL.canParse`: once that
 * has run often, it refuses characters such as `ü` in a host (seen in Node 20.20.2).
 */
export function parseUrl(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}
