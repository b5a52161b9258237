/** Reads the answers of a bucket that lists its keys. Pure. */

/** An object as a listing names it. */
export interface ListedObject {
  readonly key: string;
  /** With its quotes. */
  readonly etag: string;
  readonly size: number;
  /** When it was written, in milliseconds since 1970. */
  readonly modified: number;
}

/** A page of a listing. */
export interface Listing {
  readonly objects: readonly ListedObject[];
  /** Where the next page begins; undefined on the last one. */
  readonly next: string | undefined;
}

/** Reads a page; null for a text that is not one, or is not all of one. */
export function parseListing(text: string): Listing | null {
  const body = text.trimEnd();
  if (!body.endsWith('</ListBucketResult>') && !/<ListBucketResult[^<>]*\/>$/.test(body)) return null;
  const [head = '', ...entries] = body.split('<Contents>');
  // A server may put it before or after the entries.
  const around = head + (entries.at(-1)?.split('</Contents>')[1] ?? '');
  const isEncoded = textIn(around, 'EncodingType') === 'url';
  const objects: ListedObject[] = [];
  for (const entry of entries) {
    const [own = ''] = entry.split('</Contents>');
    const object = {
      key: isEncoded ? decodedKey(textIn(own, 'Key')) : textIn(own, 'Key'),
      etag: textIn(own, 'ETag'),
      size: Number(textIn(own, 'Size') || Number.NaN),
      modified: Date.parse(textIn(own, 'LastModified')),
    };
    if (object.key === '' || object.etag === '' || !Number.isSafeInteger(object.size)) return null;
    objects.push(object);
  }
  const next = textIn(around, 'NextContinuationToken');
  const isLast = textIn(around, 'IsTruncated') !== 'true';
  if (!isLast && next === '') return null;
  return { objects, next: isLast ? undefined : next };
}

/** The text of the first element of a name, without escapes; empty where there is none. */
export function textIn(xml: string, name: string): string {
  const at = xml.indexOf(`<${name}>`);
  const end = xml.indexOf(`</${name}>`, at);
  if (at < 0 || end < 0) return '';
  return xml
    .slice(at + name.length + 2, end)
    .replace(/&(quot|apos|lt|gt|amp|#34|#39|#x22);/g, (_, entity: string) => ENTITIES[entity] ?? '');
}

const ENTITIES: Readonly<Record<string, string>> = {
  quot: '"',
  apos: "'",
  lt: '<',
  gt: '>',
  amp: '&',
  '#34': '"',
  '#39': "'",
  '#x22': '"',
};

function decodedKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}
