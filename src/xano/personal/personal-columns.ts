/** Which columns of a table look personal: by name, type, Xano's mark and a sample of values. Pure. */
import type { EndpointConfig } from '../../rest/config/endpoint-config.js';
import type { Mask } from '../../table/mask.js';
import type { Field } from '../catalog.js';
import { type PersonalKind, personalName, type Sureness } from './personal-names.js';
import { personalValue } from './personal-values.js';

/** Why a column looks personal. */
export interface PersonalReason {
  readonly by: 'name' | 'type' | 'sensitive' | 'sample';
  /** A part of a sentence, without any value. */
  readonly says: string;
}

/** A column that looks personal. */
export interface PersonalColumn {
  readonly table: string;
  readonly column: string;
  /** Its type in Xano; null where the token may not see it. */
  readonly xano_type: string | null;
  /** `unknown`: Xano marks it as sensitive, and nothing else tells what it holds. */
  readonly kind: PersonalKind | 'unknown';
  readonly sure: Sureness;
  readonly reasons: readonly PersonalReason[];
  /** What loads should do with it; null for a key, which xano sends back to the server. */
  readonly suggestion: Mask | 'exclude' | null;
}

/** What is known of a table. */
export interface PersonalTable {
  readonly endpoint: Pick<EndpointConfig, 'name' | 'primary_key'>;
  /** Its columns in Xano; null where the token may not see them. */
  readonly fields: readonly Field[] | null;
  /** Rows of its first page; empty where they cannot be read. */
  readonly sample: readonly Readonly<Record<string, unknown>>[];
}

const SURENESS: readonly Sureness[] = ['low', 'medium', 'high'];
/** Types whose values are never texts of people. */
const UNREADABLE: readonly string[] = ['date', 'timestamp', 'uuid', 'bool', 'vector', 'geo_point'];
const ORDINARY: readonly string[] = ['bool', 'enum', 'vector'];

/** The columns of a table that look personal, in the order of the table. */
export function personalColumns(table: PersonalTable): PersonalColumn[] {
  const { fields, sample, endpoint } = table;
  const names = new Set([
    ...(fields ?? []).map(({ name }) => name),
    ...(fields === null ? sample.flatMap((row) => Object.keys(row)) : []),
  ]);
  const found = [...names].flatMap((name) => {
    const field = fields?.find((one) => one.name === name);
    // A password never leaves Xano.
    if (field?.type === 'password') return [];
    const signs = [byType(field), byMark(field), byName(name, field), bySample(name, field, sample)].flatMap(
      (one) => one ?? [],
    );
    if (signs.length === 0) return [];
    const best = signs.toSorted((a, b) => SURENESS.indexOf(b.sure) - SURENESS.indexOf(a.sure));
    const kind = best.find((one) => one.kind !== 'unknown')?.kind ?? 'unknown';
    const agree = new Set(signs.filter((one) => one.kind === kind).map(({ reason }) => reason.by)).size > 1;
    // Text around an address: a hash of all of it would join nothing.
    const isWithin = signs.every(({ reason, sure }) => reason.by === 'sample' && sure === 'medium');
    return [
      {
        table: endpoint.name,
        column: name,
        xano_type: field === undefined ? null : `${field.type}${field.style === 'list' ? '[]' : ''}`,
        kind,
        sure: agree ? 'high' : best[0]!.sure,
        reasons: signs.map(({ reason }) => reason),
        suggestion: suggestionFor(isWithin ? 'name' : kind, name, field, endpoint),
      },
    ];
  });
  return withPlainName(found, [...names], table);
}

/** A column `name` is that of a person where the table has other data of people. */
function withPlainName(
  found: readonly PersonalColumn[],
  names: readonly string[],
  { endpoint, fields }: PersonalTable,
): PersonalColumn[] {
  const field = fields?.find(({ name }) => name === 'name');
  const isOfPeople = found.some(({ kind }) => ['email', 'phone', 'birthday'].includes(kind));
  if (!isOfPeople || field?.type !== 'text' || found.some(({ column }) => column === 'name'))
    return [...found];
  const plain: PersonalColumn = {
    table: endpoint.name,
    column: 'name',
    xano_type: field.type,
    kind: 'name',
    sure: 'medium',
    reasons: [{ by: 'name', says: 'it is a name beside other data of people' }],
    suggestion: suggestionFor('name', 'name', field, endpoint),
  };
  return [...found, plain].toSorted((a, b) => names.indexOf(a.column) - names.indexOf(b.column));
}

interface Found {
  readonly kind: PersonalColumn['kind'];
  readonly sure: Sureness;
  readonly reason: PersonalReason;
}

function byType(field: Field | undefined): Found | undefined {
  if (field?.type === 'email')
    return { kind: 'email', sure: 'high', reason: { by: 'type', says: 'its type is email' } };
  if (field?.type === 'geo_point')
    return { kind: 'location', sure: 'medium', reason: { by: 'type', says: 'its type is geo_point' } };
  return undefined;
}

function byMark(field: Field | undefined): Found | undefined {
  if (field?.sensitive !== true) return undefined;
  return { kind: 'unknown', sure: 'high', reason: { by: 'sensitive', says: 'Xano marks it as sensitive' } };
}

function byName(name: string, field: Field | undefined): Found | undefined {
  const found = personalName(name);
  const isReference = field?.tableref_id !== undefined;
  if (found === undefined || isReference) return undefined;
  const sure =
    field !== undefined && ORDINARY.includes(field.type) && found.kind !== 'special' ? 'low' : found.sure;
  return { kind: found.kind, sure, reason: { by: 'name', says: `its name says ${inWords(found.kind)}` } };
}

function bySample(
  name: string,
  field: Field | undefined,
  sample: PersonalTable['sample'],
): Found | undefined {
  if (field !== undefined && UNREADABLE.includes(field.type)) return undefined;
  const values = sample.flatMap((row) => (row[name] == null || row[name] === '' ? [] : [row[name]]));
  const counts = new Map<PersonalKind, number>();
  for (const value of values)
    for (const kind of personalValue(value)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const [best] = [...counts].toSorted(([, a], [, b]) => b - a);
  if (best === undefined) return undefined;
  const [kind, count] = best;
  const share = count / values.length;
  // One number in ten passes the check of a card by chance.
  if (kind === 'card' && share < 0.5) return undefined;
  return {
    kind,
    sure: share >= 0.5 && count >= 3 ? 'high' : 'medium',
    reason: { by: 'sample', says: `${count} of ${values.length} values look like ${inWords(kind)}` },
  };
}

const WORDS: Readonly<Record<PersonalKind | 'unknown', string>> = {
  email: 'an e-mail address',
  phone: 'a phone number',
  name: 'the name of a person',
  address: 'a postal address',
  birthday: 'a birthday or an age',
  national_id: 'an official number',
  bank: 'a bank account',
  card: 'a card number',
  ip: 'an IP address',
  location: 'a location',
  device: 'a device or a session',
  special: 'a trait of a person',
  secret: 'a secret',
  photo: 'a photo',
  unknown: 'something sensitive',
};

const inWords = (kind: PersonalColumn['kind']): string => WORDS[kind];

/** How each kind is best stored: so that tables still join, or so little that nobody is named. */
const SUGGESTIONS: Readonly<Record<PersonalKind | 'unknown', Mask | 'exclude'>> = {
  email: 'hash',
  phone: 'last4',
  name: 'redact',
  address: 'redact',
  birthday: 'year',
  national_id: 'hash',
  bank: 'last4',
  card: 'last4',
  ip: 'hash',
  location: 'exclude',
  device: 'hash',
  special: 'exclude',
  secret: 'exclude',
  photo: 'exclude',
  unknown: 'exclude',
};

/** Types whose values a mask of text suits. */
const TEXTS: readonly string[] = ['text', 'email', 'uuid', 'enum', 'int'];

function suggestionFor(
  kind: PersonalColumn['kind'],
  name: string,
  field: Field | undefined,
  { primary_key }: PersonalTable['endpoint'],
): Mask | 'exclude' | null {
  if (primary_key.includes(name)) return null;
  const mask = SUGGESTIONS[kind];
  const isTime = field?.type === 'date' || field?.type === 'timestamp';
  if (field === undefined) return mask;
  if (field.style === 'list') return 'exclude';
  if (mask === 'year') return isTime ? 'year' : 'exclude';
  return TEXTS.includes(field.type) ? mask : 'exclude';
}
