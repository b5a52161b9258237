/** The key of masks of the kind `hash`. */
import { XanoError } from '../../../errors.js';
import { SHORTEST_MASK_KEY } from '../../../table/mask.js';
import type { EndpointConfig } from '../endpoint-config.js';

/** Throws CONFIG_INVALID if a config hashes values and the key is absent or short. */
export function assertMaskKey(endpoints: readonly EndpointConfig[], key: string | undefined): void {
  if (key !== undefined && key.length >= SHORTEST_MASK_KEY) return;
  for (const { name, columns = [] } of endpoints) {
    const hashed = columns.find(({ mask }) => mask === 'hash');
    if (hashed === undefined) continue;
    const why =
      key === undefined || key === ''
        ? 'which is not set'
        : `which has ${key.length} characters, fewer than ${SHORTEST_MASK_KEY}`;
    throw new XanoError(
      'CONFIG_INVALID',
      `The mask hash of "${name}"."${hashed.name}" needs the variable XANO_MASK_KEY, ${why}.`,
      {
        hint: 'Set XANO_MASK_KEY to a long secret, such as the output of `openssl rand -hex 32`, and keep it: another key gives other hashes.',
      },
    );
  }
}
