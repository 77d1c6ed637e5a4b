import { fileURLToPath } from 'node:url';
import { defineConfig, type TestProjectConfiguration } from 'vitest/config';
import {
  type ClientVersion,
  clientVersions,
  isUnusual,
  runsHere,
} from './test/compat/client-versions.js';
import base, { sourceAliases } from './vitest.config.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const project = (name: string, version?: ClientVersion): TestProjectConfiguration => ({
  resolve: {
    alias: [
      ...(version === undefined
        ? []
        : [
            {
              find: new RegExp(`^${version.client}$`),
              replacement: here(`./test/compat/node_modules/${version.alias}/${version.entry}`),
            },
          ]),
      ...sourceAliases,
    ],
  },
  test: {
    ...base.test,
    name,
    env: version === undefined ? {} : { KEYTURN_SECRETS_CLIENT: version.client },
    include: ['test/secrets/printed.test.ts'],
  },
});

const others = clientVersions.filter((version) => runsHere(version) && isUnusual(version));

/** What is installed here, and every other version of a client, for the bindings of that one. */
export default defineConfig({
  test: {
    projects: [project('usual'), ...others.map((version) => project(version.alias, version))],
  },
});
