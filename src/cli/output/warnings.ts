/** Warnings about things that could not be listed. */
import type { Omission } from '../../index.js';
import type { Printer } from './output.js';

/** The most names in one line. */
const MOST_NAMES = 10;

/**
 * Prints on stderr what is missing from the result, and why: once for everything of one kind with the same
 * failure.
 */
export function warnOfOmissions(omitted: readonly Omission[], printer: Printer): void {
  const groups = new Map<
    string,
    { readonly of: Omission; readonly kind: string; readonly names: string[] }
  >();
  for (const omission of omitted) {
    const { kind, name } = kindAndName(omission.what);
    const { instance, workspace, code } = omission;
    const key = JSON.stringify([instance, workspace, kind, code]);
    const group = groups.get(key) ?? { of: omission, kind, names: [] };
    if (name !== undefined) group.names.push(name);
    groups.set(key, group);
  }
  for (const { of, kind, names } of groups.values()) {
    const where = of.workspace === null ? of.instance : `${of.instance} / ${of.workspace}`;
    const named = names.toSorted().map((name) => `"${name}"`);
    const whose =
      named.length > MOST_NAMES
        ? `${named.slice(0, MOST_NAMES).join(', ')} and ${named.length - MOST_NAMES} more`
        : named.join(', ');
    // One request stands for several of the same failure.
    printer.warn(
      `left out: ${kind}${whose === '' ? '' : ` of ${whose}`} of ${where}: ${of.reason} (${of.code})`,
    );
  }
}

/** The missing thing and its owner, if the text names it: `columns of "orders"`. */
function kindAndName(what: string): { readonly kind: string; readonly name?: string } {
  const at = what.indexOf(' of "');
  const from = at + ' of "'.length;
  return at < 0 || !what.endsWith('"') || what.length <= from
    ? { kind: what }
    : { kind: what.slice(0, at), name: what.slice(from, -1) };
}
