/** Who comes next: in the order of asking, but whoever has just had a turn may go on for a while. */
import { describe, expect, it } from 'vitest';
import { createQueue } from '../../../src/destinations/engine/queue.js';

const [A, B] = [Symbol('a'), Symbol('b')];

/** Asks for so many turns, each when the one before is over, as a writer does with its batches. */
async function oneAfterTheOther(take: (name: string) => Promise<unknown>, name: string, turns: number) {
  for (let n = 1; n <= turns; n++) await take(`${name}${n}`);
}

function recorded() {
  const queue = createQueue();
  const order: string[] = [];
  let running = 0;
  const take =
    (owner?: symbol) =>
    (name: string): Promise<string> =>
      queue.run(async () => {
        running++;
        expect(running).toBe(1);
        await new Promise(setImmediate);
        order.push(name);
        running--;
        return name;
      }, owner);
  return { take, order, queue };
}

describe('a queue', () => {
  it('runs one piece of work at a time, in order, and returns its result', async () => {
    const { take, order } = recorded();
    expect(await Promise.all(['1', '2', '3'].map(take()))).toEqual(['1', '2', '3']);
    expect(order).toEqual(['1', '2', '3']);
    expect(await take()('4')).toBe('4');
  });

  it('lets the same owner run eight times in a row', async () => {
    const { take, order } = recorded();
    await Promise.all([
      oneAfterTheOther(take(A), 'a', 10),
      oneAfterTheOther(take(B), 'b', 9),
      oneAfterTheOther(take(), 'other', 2),
    ]);
    expect(order.join(' ')).toBe('a1 a2 a3 a4 a5 a6 a7 a8 b1 b2 b3 b4 b5 b6 b7 b8 other1 a9 a10 b9 other2');
  });

  it('lets pieces of work without an owner alternate', async () => {
    const { take, order } = recorded();
    await Promise.all([oneAfterTheOther(take(), 'x', 3), oneAfterTheOther(take(), 'y', 3)]);
    expect(order).toEqual(['x1', 'y1', 'x2', 'y2', 'x3', 'y3']);
  });

  it('continues after work that throws', async () => {
    const { take, order, queue } = recorded();
    const failing = queue.run(async () => {
      throw new Error('enough');
    }, A);
    const after = [take(B)('b'), take(A)('a')];
    await expect(failing).rejects.toThrow('enough');
    await Promise.all(after);
    expect(order).toEqual(['a', 'b']);
  });
});
