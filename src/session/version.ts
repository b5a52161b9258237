/** Which version this is. */
import { readFileSync } from 'node:fs';

// package.json lies beside `dist` in the package and beside `src` in the repository: two levels up either
// way.
const content: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** The version in package.json. */
export const VERSION: string =
  typeof content === 'object' && content !== null && 'version' in content
    ? String(content.version)
    : 'unknown';
