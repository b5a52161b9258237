import { CAPABILITIES } from '../../../../src/destinations/capabilities.js';
import { describePostgres } from '../../../servers/postgres.js';
import { destinationConformance } from '../../conformance/conformance.js';
import { postgresPlace } from './place.js';

describePostgres('conformance', () => {
  destinationConformance('a Postgres database', () => postgresPlace(), CAPABILITIES.postgres);
});
