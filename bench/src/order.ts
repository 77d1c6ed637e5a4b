/** The same values in an order that is drawn anew each time. */
export function drawnOrder<Each>(values: readonly Each[]): Each[] {
  return values
    .map((value) => ({ value, lot: Math.random() }))
    .toSorted((a, b) => a.lot - b.lot)
    .map(({ value }) => value);
}

/** Gives each value its turn, in drawn order, `abreast` of them at a time. */
export async function inDrawnOrder<Each>(
  values: readonly Each[],
  abreast: number,
  measure: (value: Each) => Promise<void>,
): Promise<void> {
  const waiting = drawnOrder(values);
  const lane = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await measure(next);
  };
  await Promise.all(Array.from({ length: abreast }, lane));
}
