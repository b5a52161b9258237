import { expect, it } from 'vitest';
import { parseLake } from '../../../../src/destinations/targets/ducklake/lake.js';
import { lakeFailure } from '../../../../src/destinations/targets/ducklake/lake-failures.js';

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
