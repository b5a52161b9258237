import { env } from 'node:process';
import { CAPABILITIES } from '../../../../src/destinations/capabilities.js';
import { dispositionConformance } from '../../conformance/dispositions.js';
import { keysConformance } from '../../conformance/keys.js';
import { namesConformance } from '../../conformance/names.js';
import { ownershipConformance } from '../../conformance/ownership.js';
import type { Group } from '../../conformance/place.js';
import { resumeConformance } from '../../conformance/resume.js';
import { typesConformance } from '../../conformance/types.js';
import { catalogPlace } from './catalogs.js';

/**
 * Not the group about what is visible: a load remembers its own dataset alone, and its record comes at its
 * end. iceberg.server.test.ts has what readers see.
 */
const ALL: readonly Group[] = [
  dispositionConformance,
  resumeConformance,
  typesConformance,
  namesConformance,
  ownershipConformance,
];

// Loading the extensions takes half a second, several times a test: all run where somebody asks for them.
for (const group of [keysConformance, ...(env['XANO_TEST_ICEBERG'] === 'all' ? ALL : [])])
  group('an Iceberg catalog', catalogPlace, CAPABILITIES.iceberg);
