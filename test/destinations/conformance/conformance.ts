/**
 * What every destination must do, as far as its capabilities go. One function, called with each kind of
 * target.
 */
import type { Capabilities } from '../../../src/destinations/capabilities.js';
import { dispositionConformance } from './dispositions.js';
import { keysConformance } from './keys.js';
import { namesConformance } from './names.js';
import { ownershipConformance } from './ownership.js';
import type { Group, Place } from './place.js';
import { resumeConformance } from './resume.js';
import { typesConformance } from './types.js';
import { visibilityConformance } from './visibility.js';

const GROUPS: readonly Group[] = [
  visibilityConformance,
  resumeConformance,
  typesConformance,
  keysConformance,
  namesConformance,
  ownershipConformance,
  dispositionConformance,
];

/** All groups; each leaves out what the capabilities exclude. `make` gives a new, empty place. */
export function destinationConformance(
  what: string,
  make: () => Promise<Place>,
  capabilities: Capabilities,
): void {
  for (const group of GROUPS) group(what, make, capabilities);
}
