/** Names a resource in the load state: by the list that it reads and the table that it fills. Pure. */
/** What an identity is made of. None of it is a secret: what a request carries is there as a digest. */
export interface IdentityParts {
  /** The list's URL, without its query. */
  readonly address: string;
  /** Digest of everything else that a request carries. */
  readonly request: string;
  /**
   * Digest of the references to the secrets that authorize; {@link ANY_ACCOUNT} where the source itself has a
   * stable id.
   */
  readonly account: string;
  readonly schema: string;
  readonly table: string;
  /** The resource's name; absent where the source has a stable id, since it may be renamed there. */
  readonly resource?: string | undefined;
}

/** The account of a list that is the same for every token. */
export const ANY_ACCOUNT = '-';

/** The identity as text. Names that `fold` makes the same give one identity. */
export function identityText(
  { address, request, account, schema, table, resource }: IdentityParts,
  fold: (name: string) => string,
): string {
  const named = resource === undefined ? '' : ` ${fold(quoted(resource))}`;
  return `${address} ${request} ${account} > ${fold(`${quoted(schema)}.${quoted(table)}`)}${named}`;
}

/** The state holds names in this spelling: another one would not find the rows of earlier loads. */
const quoted = (name: string): string => `"${name.replaceAll('\0', '\u2400').replaceAll('"', '""')}"`;

/** The parts of an identity that tell lists apart. */
export type ListParts = Pick<IdentityParts, 'address' | 'request' | 'account'>;

/** Parses an identity; for a text of another form, all of it becomes the address. */
export function listOf(identity: string): ListParts {
  const [, address, request, account] = /^(\S+) ([0-9a-f]+) ([0-9a-f]+|-) > /.exec(identity) ?? [];
  if (address === undefined || request === undefined || account === undefined)
    return { address: identity, request: '', account: '' };
  return { address, request, account };
}
