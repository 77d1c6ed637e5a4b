import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { cleanCommand, findProgram, isPath } from './host-path.js';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'keyturn-path-'));
  for (const name of ['one', 'two', 'two/folder']) mkdirSync(join(directory, name));
  for (const file of [
    'one/first',
    'two/first',
    'two/second',
    'two/plain',
    'here',
    'two/tool.CMD',
  ]) {
    writeFileSync(join(directory, file), '#!/bin/sh\n');
    chmodSync(join(directory, file), file.endsWith('plain') ? 0o644 : 0o755);
  }
});

afterAll(() => rmSync(directory, { recursive: true }));

const searchPath = (...names: string[]): string =>
  names.map((name) => (name === '' || name === '.' ? name : join(directory, name))).join(delimiter);

function inDirectory(place: string, look: () => void): void {
  const home = process.cwd();
  process.chdir(place);
  try {
    look();
  } finally {
    process.chdir(home);
  }
}

describe('a bare name', () => {
  it('is the first executable file on PATH', () => {
    const both = { searchPath: searchPath('one', 'two') };
    expect(findProgram('first', both)).toBe(join(directory, 'one/first'));
    expect(findProgram('second', both)).toBe(join(directory, 'two/second'));
  });

  it('is neither a directory nor a file without the execute permission', () => {
    expect(findProgram('folder', { searchPath: searchPath('two') })).toBeUndefined();
    expect(findProgram('plain', { searchPath: searchPath('two') })).toBeUndefined();
  });

  it.each(['.', ''])('is never taken from the entry %j of PATH', (entry) => {
    inDirectory(join(directory, 'one'), () => {
      // The hit in the current directory hides the one behind it, as in Go.
      expect(findProgram('first', { searchPath: searchPath(entry, 'two') })).toBeUndefined();
      expect(findProgram('first', { searchPath: `${entry}${delimiter}` })).toBeUndefined();
      expect(findProgram('second', { searchPath: searchPath(entry, 'two') })).toBeDefined();
    });
  });

  it('is searched on the PATH of this process, and nowhere without one', () => {
    vi.stubEnv('PATH', searchPath('two'));
    expect(findProgram('second')).toBe(join(directory, 'two/second'));
    vi.stubEnv('PATH', undefined);
    expect(findProgram('second')).toBeUndefined();
  });

  it('gets its extension on Windows', () => {
    // Here a file may be called like a Windows path; it lies in the current directory then.
    inDirectory(directory, () => {
      writeFileSync('C:\\bin\\tool.CMD', '');
      const windows = { platform: 'win32', searchPath: 'D:\\none;C:\\bin' } as const;
      expect(findProgram('tool', windows)).toBe('C:\\bin\\tool.CMD');
      expect(findProgram('tool.CMD', windows)).toBe('C:\\bin\\tool.CMD');
      expect(findProgram('tool.EXE', windows)).toBeUndefined();
    });
  });
});

describe('a path', () => {
  it('stays as it is, and starts at the working directory of the plugin', () => {
    expect(findProgram('./here', { cwd: directory, searchPath: '' })).toBe('./here');
    expect(findProgram('./here', { cwd: join(directory, 'one') })).toBeUndefined();
    expect(findProgram(join(directory, 'here'))).toBe(join(directory, 'here'));
  });

  it('is anything with a separator', () => {
    expect([isPath('aws', 'linux'), isPath('./aws', 'linux'), isPath('bin\\aws', 'linux')]).toEqual(
      [false, true, false],
    );
    expect([isPath('bin\\aws', 'win32'), isPath('./aws', 'win32')]).toEqual([true, true]);
  });

  it.each([
    ['aws', 'aws'],
    ['./x', './x'],
    ['a/../x', './x'],
    ['.//bin/./x', 'bin/x'],
    ['/usr//bin/../x', '/usr/x'],
    ['../x', '../x'],
    ['bin/x/', 'bin/x'],
    ['/', '/'],
  ])('%s is cleaned to %s and stays a path', (command, cleaned) => {
    expect(cleanCommand(command, 'linux')).toBe(cleaned);
  });

  it('is cleaned with the separators of Windows there', () => {
    expect(cleanCommand('./x', 'win32')).toBe('.\\x');
    expect(cleanCommand('C:/a/../x.exe', 'win32')).toBe('C:\\x.exe');
  });
});
