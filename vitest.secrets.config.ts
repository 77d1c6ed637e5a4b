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

/** With one version of `client`, or with what is installed here. */
const project = (
  name: string,
  client: string,
  version?: ClientVersion,
): TestProjectConfiguration => ({
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
    env: { KEYTURN_SECRETS_CLIENT: client },
    include: ['test/secrets/printed.test.ts'],
  },
});

const others = clientVersions.filter((version) => runsHere(version) && isUnusual(version));

const packages = ['axios', 'undici', 'got', 'https', 'grpc'];

/** What is installed here, and every other version of a client, for the bindings of that one; each in a process of its own. */
export default defineConfig({
  test: {
    projects: [
      ...packages.map((name) => project(name, name)),
      ...others.map((version) => project(version.alias, version.client, version)),
    ],
  },
});
