/** The packages that `npm install` would install; undefined where `command` is another one. */
export function installedPackages(command: string): string[] | undefined {
  const [, names] = /^npm install (?:--save-dev )?([^-].*)$/.exec(command) ?? [];
  return names?.split(/\s+/);
}

/** Where a command of a page is run, and by which words. */
interface Place {
  readonly why: string;
  readonly by: Readonly<Record<string, string>>;
}

const pipeline = (words: string): Place['by'] => ({ '.ci/run': words });

/** The pages whose blocks want packages of their own. */
export const pagesRunElsewhere: Readonly<Record<string, Place>> = {
  'docs/how-to/test-your-program.md': {
    why: 'is tests for vitest, Jest and node:test, with msw and nock',
    by: {
      ...pipeline('step mocks npm run --silent test:mocks'),
      'scripts/test-mocks.mjs': "'test/mocks/run-page.mjs'",
      'test/mocks/run-page.mjs': "'docs/how-to/test-your-program.md'",
    },
  },
  'docs/how-to/use-kubernetes-client-node.md': {
    why: 'uses two versions of a client that is not installed here',
    by: {
      ...pipeline('step client-node npm run --silent test:client-node'),
      'scripts/test-client-node.mjs': "'test/client-node/index.mjs'",
      'test/client-node/index.mjs': "'run-page.mjs'",
      'test/client-node/run-page.mjs': "'docs/how-to/use-kubernetes-client-node.md'",
    },
  },
  'docs/how-to/use-with-other-libraries.md': {
    why: 'uses a dozen libraries, each with a server',
    by: {
      ...pipeline('step wrappers npm run --silent test:wrappers'),
      'scripts/test-wrappers.mjs': "'test/wrappers/index.mjs'",
      'test/wrappers/index.mjs': "'docs/how-to/use-with-other-libraries.md'",
    },
  },
};

/** The commands that take minutes, or run the very test that would run them. */
export const ranElsewhere: Readonly<Record<string, Place>> = {
  'npm ci && npm start': { why: 'runs for 20 s', by: pipeline('step demo npm start') },
  'npm ci && npm test': { why: 'would run itself', by: pipeline('npm test -- --reporter') },
  'npm run check': { why: 'would run itself', by: pipeline('step lint npm run --silent lint') },
  'npm ci && npm run bench': {
    why: 'measures for minutes',
    by: pipeline('npm run --silent bench -- --quick'),
  },
  'npm run bench -- --quick': {
    why: 'measures for a minute',
    by: pipeline('npm run --silent bench -- --quick'),
  },
  'npm run bench -- --only throughput,rotation': {
    why: 'measures for minutes',
    by: pipeline('--only lookups,flights'),
  },
  'npm run bench -- --node 24': {
    why: 'measures for minutes, with a Node that it fetches',
    by: pipeline('test-nodes.mjs 24'),
  },
  'npm run test:mutants -- --since main --survivors': {
    why: 'takes minutes',
    by: pipeline('npm run --silent test:mutants -- grpc'),
  },
  'npm run test:mutants -- core --only lifecycle/backoff.ts': {
    why: 'takes minutes',
    by: pipeline('npm run --silent test:mutants -- grpc'),
  },
  'npm run new:adapter demo': {
    why: 'writes into the repository, so it is run in a copy',
    by: { 'test/new-adapter.test.ts': "generate('demo')" },
  },
  'npm test -w packages/demo': {
    why: 'belongs to the command before it',
    by: { 'test/new-adapter.test.ts': "playSuite('demo')" },
  },
  'npm run build': {
    why: '`npm test` begins with it',
    by: { 'package.json': 'npm run --silent build && vitest run' },
  },
  'npm start -w examples/in-a-container': {
    why: 'is run with the other examples',
    by: { 'test/examples.test.ts': "run('in-a-container')" },
  },
};
