/** Which columns of a loaded destination are masked, and which it does not have. */
import { openStore } from '../destinations/open.js';
import type { PlaceOptions } from '../destinations/target.js';
import type { EndpointConfig } from '../rest/config/endpoint-config.js';
import { MASKS, type Mask } from '../table/mask.js';
import { heldFor } from './comparison.js';
import { heldTables } from './held-tables.js';

/** How the loads so far have stored the columns of one table. */
export interface StoredProtection {
  readonly resource: string;
  /** Columns that it has, by their names in Xano: null for one without a mask. */
  readonly columns: Readonly<Record<string, Mask | null>>;
}

/**
 * How the tables of these configs are stored; none for a table that was never loaded. Throws DATABASE_FAILED
 * where nothing was loaded, and DATABASE_LOCKED.
 */
export async function storedProtection(
  endpoints: readonly EndpointConfig[],
  to: string,
  place: Partial<PlaceOptions> = {},
): Promise<StoredProtection[]> {
  const store = await openStore(to, place);
  try {
    const held = await heldTables(store);
    return endpoints.flatMap((endpoint) =>
      heldFor(endpoint, held, undefined).map(({ columns }) => ({
        resource: endpoint.name,
        columns: Object.fromEntries(
          columns
            .filter(({ removed }) => removed !== true)
            .map(({ name, masked_as }) => [
              name,
              MASKS.find((mask) => mask === masked_as?.split(':')[0]) ?? null,
            ]),
        ),
      })),
    );
  } finally {
    await store.close();
  }
}
