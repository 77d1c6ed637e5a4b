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

/** Lets everything, our own packages too, find this version when it imports the client by its name. */
const instead = ({ alias, client, entry }: ClientVersion) => ({
  find: new RegExp(`^${client}$`),
  replacement: here(`./test/compat/node_modules/${alias}/${entry}`),
});

const versions = clientVersions.filter(runsHere);

/** The built packages, as a user of this version has them. */
const distProjects = versions.map(
  (version): TestProjectConfiguration => ({
    resolve: { alias: [instead(version)] },
    test: {
      ...base.test,
      name: `${version.alias} dist`,
      include: [`test/compat/${version.client}.compat.ts`],
      exclude: [],
    },
  }),
);

/** The adapter's own suite on its sources, where `npm test` has not run it already. */
const suiteProjects = versions.filter(isUnusual).map(
  (version): TestProjectConfiguration => ({
    resolve: { alias: [instead(version), ...sourceAliases] },
    test: {
      ...base.test,
      name: `${version.alias} suite`,
      include: [`packages/${version.client}/src/**/*.test.ts`],
    },
  }),
);

export default defineConfig({ test: { projects: [...distProjects, ...suiteProjects] } });
