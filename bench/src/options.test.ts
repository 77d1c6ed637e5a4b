import { describe, expect, it } from 'vitest';
import { parseOptions } from './options.js';
import type { Section } from './section.js';

const section = (name: string, summary: string): Section => ({
  ...{ name, summary },
  run: () => Promise.reject(new Error('Nothing is measured here.')),
});
const sections = [section('lookups', 'what peek() takes'), section('scale', 'what grows')];

function parse(...words: string[]) {
  const said = { out: '', err: '' };
  const parsed = parseOptions(words, sections, {
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
  });
  return { ...said, ...parsed };
}

it.each([
  [[], true],
  [['--quick'], false],
  [['--quick', '--write'], true],
  [['--no-write'], false],
])('measures everything with %j, and whether it writes is %s', (words, write) => {
  const options = { quick: words.includes('--quick'), only: ['lookups', 'scale'], write };
  expect(parse(...words)).toMatchObject({ options });
});

describe('--only', () => {
  it.each([
    [['--only', 'scale']],
    [['--only', 'scale,scale']],
    [['--only', 'scale', '--only', ' scale']],
  ])('names each section once: %j', (words) => {
    expect(parse(...words)).toMatchObject({ options: { only: ['scale'] } });
  });

  it('keeps the order of the benchmark', () => {
    expect(parse('--only', 'scale,lookups')).toMatchObject({
      options: { only: ['lookups', 'scale'] },
    });
  });

  it('refuses an unknown section by its name', () => {
    const { err, ...parsed } = parse('--only', 'lookups,weather');
    expect(parsed).toMatchObject({ exitCode: 2 });
    expect(err).toContain('There is no section "weather". Known: lookups, scale.');
  });
});

describe('--node', () => {
  it('takes a major', () => {
    expect(parse('--node', '26')).toMatchObject({ options: { node: '26' } });
  });

  it.each(['26.1', 'v26', 'latest', '026', '../26', ''])('takes nothing else: "%s"', (node) => {
    const { err, ...parsed } = parse('--node', node);
    expect(parsed).toMatchObject({ exitCode: 2 });
    expect(err).toContain('It must be the major version of a Node');
  });
});

it('explains itself with --help, lists the sections and is done', () => {
  const { out, ...parsed } = parse('--help');
  expect(parsed).toMatchObject({ exitCode: 0, err: '' });
  expect(out).toMatch(/^ {2}lookups +what peek\(\) takes\n {2}scale +what grows$/m);
});

it('refuses an option that it does not know', () => {
  expect(parse('--fast')).toMatchObject({ exitCode: 2 });
});
