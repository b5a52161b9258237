import { CAPABILITIES } from '../../../../src/destinations/capabilities.js';
import { dispositionConformance } from '../../conformance/dispositions.js';
import { namesConformance } from '../../conformance/names.js';
import { ownershipConformance } from '../../conformance/ownership.js';
import { typesConformance } from '../../conformance/types.js';
import { catalogPlace } from './catalogs.js';

for (const g of [dispositionConformance, ownershipConformance, typesConformance, namesConformance])
  g('an Iceberg catalog', catalogPlace, CAPABILITIES.iceberg);
