/** Columns of a config with their masks. Pure. */
import { type Mask, maskedType } from '../../../table/mask.js';
import type { EndpointConfig } from '../endpoint-config.js';

type ConfigColumn = NonNullable<EndpointConfig['columns']>[number];

/** The columns with these masks, by name; a masked column that is not declared yet comes last. */
export function withMasks(
  columns: readonly ConfigColumn[] = [],
  masks: Readonly<Record<string, Mask>>,
): ConfigColumn[] {
  const masked = new Map(
    Object.entries(masks).map(([name, mask]): [string, ConfigColumn] => {
      const description = columns.find((column) => column.name === name)?.description;
      const column = { name, type: maskedType(mask), list: false, mask };
      return [name, description === undefined ? column : { ...column, description }];
    }),
  );
  const declared = columns.map((column) => masked.get(column.name) ?? column);
  const names = new Set(columns.map(({ name }) => name));
  return [...declared, ...[...masked.values()].filter(({ name }) => !names.has(name))];
}

/** The masks of a config, by column; undefined without any. */
export function masksOf({ columns = [] }: Pick<EndpointConfig, 'columns'>): Record<string, Mask> | undefined {
  const masks = columns.flatMap(({ name, mask }) => (mask === undefined ? [] : [[name, mask] as const]));
  return masks.length === 0 ? undefined : Object.fromEntries(masks);
}
