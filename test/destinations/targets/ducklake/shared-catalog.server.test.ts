import { SHARED } from '../../../../src/destinations/targets/ducklake/shared-lake.js';
import { describePostgres } from '../../../servers/postgres.js';
import { destinationConformance } from '../../conformance/conformance.js';
import { sharedLake } from './shared-lakes.js';

describePostgres('with servers', () => {
  destinationConformance('a DuckLake with its catalog in Postgres and files on S3', sharedLake, SHARED);
});
