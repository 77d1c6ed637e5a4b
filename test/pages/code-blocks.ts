import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { filesBelow, packageNames, root, textOf } from '../source-files.js';

/** Every page that a reader may open. */
export const pages: readonly string[] = [
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'],
  ...filesBelow('docs').filter((path) => path.endsWith('.md')),
  ...packageNames.map((name) => `packages/${name}/README.md`),
  ...filesBelow('examples').filter((path) => path.endsWith('.md')),
].filter((path) => existsSync(join(root, path)));

export interface CodeBlock {
  readonly page: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  readonly code: string;
}

/** Every block of the pages whose language is one of `languages`, in their order. */
export function codeBlocks(...languages: readonly string[]): CodeBlock[] {
  const fence = new RegExp(`^\`\`\`(?:${languages.join('|')})\\n([\\s\\S]*?)^\`\`\`$`, 'gm');
  return pages.flatMap((page) => {
    const text = textOf(page);
    return [...text.matchAll(fence)].map((match) => ({
      page,
      line: text.slice(0, match.index).split('\n').length,
      code: match[1] ?? '',
    }));
  });
}

/** What the files are called that are made of a page. */
export const pageId = (page: string): string => page.replaceAll(/[/.]/g, '-');
