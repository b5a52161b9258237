import { CAPABILITIES } from '../../../../src/destinations/capabilities.js';
import { destinationConformance } from '../../conformance/conformance.js';
import { bucketPlace } from './place.js';

destinationConformance('a place in a bucket', () => bucketPlace(), CAPABILITIES.bucket);
