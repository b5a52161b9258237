/** Tells the path in the name of a destination from the words before it. Pure. */

/** The parts of a destination's name: `ducklake:` and `shop.ducklake`. */
export interface DestinationParts {
  /** The words that say of which kind the path is; empty for a DuckDB file and for a folder. */
  readonly scheme: string;
  /** What follows them. */
  readonly rest: string;
  /** The same, where it is a path and not an address. */
  readonly path: string | undefined;
}

/** Takes the name of a destination apart. */
export function partsOfDestination(name: string): DestinationParts {
  const scheme = /^(?:parquet:|ducklake:(?:sqlite:)?)/.exec(name)?.[0] ?? '';
  const rest = name.slice(scheme.length);
  // One letter is a drive of Windows.
  const isAddress = /^[a-z][a-z0-9+]+:/i.test(rest);
  return { scheme, rest, path: isAddress ? undefined : rest };
}
