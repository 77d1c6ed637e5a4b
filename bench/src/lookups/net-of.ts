/**
 * Gathers the figures of several rounds by their name, each less what `floor` took in the same round. The floor itself
 * comes out as it was measured.
 */
export function netOf(
  rounds: readonly ReadonlyMap<string, number>[],
  floor: string,
): Map<string, number[]> {
  const figures = new Map<string, number[]>();
  for (const round of rounds) {
    for (const [name, figure] of round) {
      const floorFigure = name === floor ? 0 : (round.get(floor) ?? 0);
      figures.set(name, [...(figures.get(name) ?? []), figure - floorFigure]);
    }
  }
  return figures;
}
