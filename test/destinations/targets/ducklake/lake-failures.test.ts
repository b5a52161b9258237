/**
 * What keeps a DuckLake from being loaded into, without one: names that mean nothing, and words of DuckDB.
 */
import { describe, expect, it } from 'vitest';
import { openDestination } from '../../../../src/destinations/open.js';
import { parseLake } from '../../../../src/destinations/targets/ducklake/lake.js';
import { lakeFailure } from '../../../../src/destinations/targets/ducklake/lake-failures.js';
import { rejectionOf } from '../../../rest/decode/reading.js';

it('a bucket that stops answering is named, after DuckDB has asked for minutes', () => {
  const lake = parseLake('postgres://h/db?data=s3://lake/x');
  // What DuckDB 1.5.5 says of a server that took a request and never answered.
  const said =
    "IO Error: Timeout was reached error for HTTP PUT to 'http://127.0.0.1:45003/lake/x/a.parquet'";
  const { code, message, hint } = lakeFailure(new Error(said), lake);
  expect([code, message, hint]).toEqual([
    'DATABASE_FAILED',
    'The server of s3://lake/x/ did not answer in time.',
    'Check the network and AWS_ENDPOINT_URL, then run the same command again: it continues where it stopped.',
  ]);
});

const FORMS =
  'Name one of: ducklake:shop.ducklake, ducklake:sqlite:shop.sqlite, "ducklake:postgres://host/db?schema=lake&data=s3://bucket/prefix/".';
const ADDRESS =
  'Write postgres://user@host:5432/database, with special characters percent-encoded, and put the password into PGPASSWORD or ~/.pgpass.';

describe('a name of a DuckLake', () => {
  it.each([
    ['ducklake:', '"ducklake:" names no file; expected the file of a catalog.', FORMS],
    ['ducklake:out/', '"ducklake:out/" names no file; expected the file of a catalog.', FORMS],
    ['ducklake:mysql:shop', '"ducklake:mysql:" is not a catalog that xano-connector can use.', FORMS],
    ['ducklake:postgres:shop', '"ducklake:postgres:" is not a catalog that xano-connector can use.', FORMS],
    [
      'ducklake:x.ducklake?dat=1',
      'A DuckLake has no parameter "dat"; did you mean "data"?',
      'Use only: data.',
    ],
    ['ducklake:x.ducklake?data=', 'The parameter "data" is empty.', 'Give it one value: data=….'],
    [
      'ducklake:x.ducklake?data=gs://b/p',
      'The files of a DuckLake cannot be at "gs://b/p"; expected a folder, or s3://bucket/prefix/.',
      'For R2 and Google Cloud Storage write s3:// as well, and set AWS_ENDPOINT_URL.',
    ],
    [
      'ducklake:x.ducklake?data=a&data=b',
      'The parameter "data" is given twice.',
      'Give it one value: data=….',
    ],
    [
      'ducklake:postgres://h/db',
      'A DuckLake with its catalog in Postgres needs the place of its files: data=s3://bucket/prefix/.',
      FORMS,
    ],
    [
      'ducklake:postgres://u:secret@h/db?data=s3://b/p&scheme=x',
      'xano-connector does not know the parameter "scheme" of a Postgres address.',
      'It knows sslmode, sslrootcert, connect_timeout, host, json. Everything else comes from the PG* variables.',
    ],
    [
      'ducklake:postgres://u:secret@h:x/db?data=s3://b/p',
      'The address of the Postgres database is not a valid URL.',
      ADDRESS,
    ],
    [
      'ducklake:postgres://u:secret@h/db?data=s3://b/p&json=jsonb',
      'A DuckLake has no parameter "json".',
      'Use only: schema, data.',
    ],
    // A file may be called so; what it would mean as an address is a database on this computer.
    ['postgres:shop.duckdb', 'The address of the Postgres database is not a valid URL.', ADDRESS],
  ])('that means nothing is refused: %s', async (to, message, hint) => {
    const refusal = await rejectionOf(openDestination(to));
    expect([refusal.code, refusal.message, refusal.hint]).toEqual(['USAGE', message, hint]);
  });
});
