import { medianSorted, quantileSorted } from 'simple-statistics';

/** The median of many, where the middle half of them lies, and how well the median itself is known. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  /** Where the median of ever more of them would lie, with a certainty of 95 %. */
  readonly medianFrom: number;
  readonly medianTo: number;
  readonly count: number;
}

/** Summarises at least one value. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  // How many lie below the true median is a binomial count: half of them, with a deviation of half their square root.
  const doubt = Math.min(0.5, 1.96 / 2 / Math.sqrt(sorted.length));
  return {
    median: medianSorted(sorted),
    low: quantileSorted(sorted, 0.25),
    high: quantileSorted(sorted, 0.75),
    medianFrom: quantileSorted(sorted, 0.5 - doubt),
    medianTo: quantileSorted(sorted, 0.5 + doubt),
    count: sorted.length,
  };
}

/** What both sides of one pair gave. */
export interface Pair<Block> {
  readonly ours: Block;
  readonly theirs: Block;
}

/**
 * Measures two things in turns, so that whatever else the machine does falls on both alike. Which one comes first is drawn
 * anew for each pair.
 */
export async function measureInPairs<Block>(
  count: number,
  ours: () => Promise<Block>,
  theirs: () => Promise<Block>,
): Promise<Pair<Block>[]> {
  const pairs: Pair<Block>[] = [];
  for (let pair = 0; pair < count; pair += 1) {
    if (Math.random() < 0.5) {
      const first = await ours();
      pairs.push({ ours: first, theirs: await theirs() });
    } else {
      const first = await theirs();
      pairs.push({ ours: await ours(), theirs: first });
    }
  }
  return pairs;
}

/** The spread of the quotients within each pair. */
export function ratioOf<Block>(
  pairs: readonly Pair<Block>[],
  value: (block: Block) => number,
): Spread {
  return spreadOf(pairs.map(({ ours, theirs }) => value(ours) / value(theirs)));
}
