/** Sets of keys as tables have them, and as no table should. */
import fc from 'fast-check';

const SAFE = 2n ** 53n;
const LARGEST = 2n ** 63n - 1n;

/** Where keys begin: usual tables, negative keys, and both sides of what a double can tell apart. */
const first = fc.oneof(
  { weight: 3, arbitrary: fc.constant(1n) },
  fc.bigInt({ min: -1000n, max: 1000n }),
  fc.bigInt({ min: SAFE - 300n, max: SAFE + 300n }),
  fc.bigInt({ min: -SAFE - 300n, max: -SAFE }),
  fc.constant(-LARGEST),
);
/** From one key to the next: none missing, some, or so many that a clump ends. */
const step = (gaps: boolean) =>
  gaps
    ? fc.oneof(
        { weight: 12, arbitrary: fc.bigInt({ min: 1n, max: 4n }) },
        { weight: 1, arbitrary: fc.bigInt({ min: 50n, max: 2n ** 50n }) },
      )
    : fc.constant(1n);

function keysFrom(start: bigint, steps: readonly bigint[]): bigint[] {
  const keys = [start];
  for (const by of steps) keys.push(keys.at(-1)! + by);
  return keys.filter((key) => key <= LARGEST);
}

/** Keys without a gap. */
export const denseKeys = (most: number): fc.Arbitrary<bigint[]> =>
  fc.tuple(first, fc.nat({ max: most })).map(([start, n]) => keysFrom(start, Array(n).fill(1n)));

/** Any keys: dense, with gaps, in clumps far apart, up to the largest there is; a single one, none. */
export const anyKeys = (most: number): fc.Arbitrary<bigint[]> =>
  fc.oneof(
    { weight: 4, arbitrary: denseKeys(most) },
    {
      weight: 6,
      arbitrary: fc
        .tuple(first, fc.array(step(true), { maxLength: most, size: 'max' }))
        .map(([start, steps]) => keysFrom(start, steps)),
    },
    {
      weight: 3,
      arbitrary: fc
        .array(fc.tuple(fc.bigInt({ min: -LARGEST, max: LARGEST }), fc.nat({ max: most / 5 })), {
          minLength: 1,
          maxLength: 5,
        })
        .map((clumps) =>
          [...new Set(clumps.flatMap(([start, n]) => keysFrom(start, Array(n).fill(1n))))].sort((a, b) =>
            a < b ? -1 : 1,
          ),
        ),
    },
    { weight: 1, arbitrary: fc.constantFrom<bigint[]>([], [0n], [LARGEST], [-5n, LARGEST - 1n, LARGEST]) },
  );
