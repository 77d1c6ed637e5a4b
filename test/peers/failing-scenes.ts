import { type BindingUnderTest, testBinding } from '@keyturn/testkit';

/** Plays the conformance suite, and resolves with the names of the scenes that fail. */
export async function failingScenes<Client>(adapter: BindingUnderTest<Client>): Promise<string[]> {
  const plays: [name: string, play: () => Promise<void>][] = [];
  testBinding({
    ...adapter,
    test: (name, play) => plays.push([name.slice(adapter.name.length + 1), play]),
    // Long enough for a busy machine; what hangs takes as long.
    limitMs: 3_000,
  });
  const failed: string[] = [];
  const playNext = async (): Promise<void> => {
    for (let next = plays.shift(); next !== undefined; next = plays.shift()) {
      const [name, play] = next;
      await play().catch(() => failed.push(name));
    }
  };
  await Promise.all(Array.from({ length: 4 }, playNext));
  return failed.sort();
}
