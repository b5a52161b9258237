/** The shard on the command line. */
import { InvalidArgumentError } from 'commander';
import { parseShard, type Shard } from '../../project/shard.js';

/** Reads `--shard`. Throws with the allowed form. */
export function parseShardOption(text: string): Shard {
  const shard = parseShard(text);
  if (shard !== undefined) return shard;
  throw new InvalidArgumentError(
    '--shard takes an index from 0 and a number of shards, such as 0/3, 1/3 and 2/3',
  );
}
