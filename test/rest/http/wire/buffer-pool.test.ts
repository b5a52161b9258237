/** Memory that is used again for one answer after another never shows one answer in the place of another. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBufferPool } from '../../../../src/rest/http/wire/buffer-pool.js';

const KB = 1024;

/** Bytes that tell which answer they are of. */
const chunkOf = (answer: number, bytes: number): Uint8Array => Buffer.alloc(bytes, (answer % 251) + 1);

describe('the memory of answers', () => {
  it('keeps each answer intact until it is released, whatever length was announced', () => {
    const step = fc.record({
      chunks: fc.array(fc.integer({ min: 0, max: 90 * KB }), { maxLength: 8 }),
      expected: fc.option(fc.nat(700 * KB), { nil: undefined }),
      /** Which of the answers that are held is let go of afterwards; none where there are not so many. */
      release: fc.nat(6),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const bodies = createBufferPool();
        let held: { readonly whole: Uint8Array; readonly truth: Uint8Array }[] = [];
        for (const [i, { chunks, expected, release }] of steps.entries()) {
          const body = bodies.begin(expected);
          const parts = chunks.map((bytes) => chunkOf(i, bytes));
          for (const part of parts) body.add(part);
          expect(body.size()).toBe(chunks.reduce((sum, bytes) => sum + bytes, 0));
          held.push({ whole: body.whole(), truth: Buffer.concat(parts) });
          for (const { whole, truth } of held) expect(Buffer.compare(whole, truth)).toBe(0);
          const gone = held[release];
          if (gone !== undefined) bodies.release(gone.whole);
          held = held.filter((one) => one !== gone);
        }
      }),
      { seed: 20261121, numRuns: 60 },
    );
  });

  it('is reused for the next answer of its kind, and never for two at a time', () => {
    const bodies = createBufferPool();
    const next = (): Uint8Array => {
      const body = bodies.begin(300 * KB);
      body.add(chunkOf(1, 300 * KB));
      return body.whole();
    };
    const first = next();
    bodies.release(first);
    // Twice by mistake: it is nobody's any more.
    bodies.release(first);
    const second = next();
    const third = next();
    expect(second.buffer).toBe(first.buffer);
    expect(third.buffer).not.toBe(first.buffer);
  });

  it('is reused for one large answer after another, whatever their lengths, announced or not', () => {
    const bodies = createBufferPool();
    const next = (expected: number | undefined, megabytes: number): Uint8Array => {
      const body = bodies.begin(expected);
      for (let n = 0; n < megabytes; n++) body.add(chunkOf(n, KB * KB));
      return body.whole();
    };
    const first = next(undefined, 40);
    expect(first.length).toBe(40 * KB * KB);
    expect([first[0], first.at(-1)]).toEqual([1, 40]);
    bodies.release(first);
    const second = next(60 * KB * KB, 60);
    expect(second.buffer).toBe(first.buffer);
    expect([second[0], second.at(-1)]).toEqual([1, 60]);
    expect(next(undefined, 40).buffer).not.toBe(second.buffer);
  });

  it('takes back only buffers that it handed out', () => {
    const bodies = createBufferPool();
    const foreign = new Uint8Array(300 * KB);
    bodies.release(foreign);
    const body = bodies.begin(300 * KB);
    body.add(chunkOf(1, 300 * KB));
    expect(body.whole().buffer).not.toBe(foreign.buffer);
  });
});
