import fs from 'node:fs';
import { vi } from 'vitest';

/**
 * Keeps what is written to this process's stderr, until mocks are restored. A plugin's words go there as they come.
 * @param note is called with each piece.
 */
export function catchStderr(note: (text: string) => void): void {
  const { writeSync } = fs;
  const spied = (file: number, ...rest: [Buffer]): number => {
    if (file !== 2) return writeSync(file, ...rest);
    note(rest[0].toString());
    return rest[0].length;
  };
  vi.spyOn(fs, 'writeSync').mockImplementation(spied as typeof fs.writeSync);
}
