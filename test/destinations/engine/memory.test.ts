/** What is given back after rows were inserted: for a wide table less, so that the next insert takes less. */
import { describe, expect, it } from 'vitest';
import { createMemory, releaseInserted } from '../../../src/destinations/engine/memory.js';

/** The statements that run for a table of this many columns. */
async function released(width: number): Promise<readonly string[]> {
  const statements: string[] = [];
  const memory = createMemory(async (sql) => {
    statements.push(sql);
  });
  memory.width = width;
  await releaseInserted(memory);
  return statements;
}

describe('memory after an insert', () => {
  it('is given back down to what a row group may hold', async () => {
    expect(await released(1_000)).toEqual([
      "SET GLOBAL memory_limit = '64MB'",
      "SET GLOBAL memory_limit = '1024MB'",
    ]);
  });

  it('of a wide table is given back as far as no block of it goes to the disk', async () => {
    expect(await released(2_000)).toEqual(["SET GLOBAL memory_limit = '1287MB'"]);
  });
});
