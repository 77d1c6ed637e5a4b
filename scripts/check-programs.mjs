// Installs the packed packages in a folder outside the repository and runs README's program there in every way in which a
// program is put together: required, under Jest as it comes, bundled to one file by four bundlers, type-checked by every
// resolution of TypeScript, and with an application's own inversify. The tools stand in test/outside, which is no workspace.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const tools = join(root, 'test/outside/node_modules');
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'keyturn-programs-')));
const shell = process.platform === 'win32';

function run(command, args, { cwd = scratch, env = {} } = {}) {
  const options = {
    cwd,
    encoding: 'utf8',
    shell: shell && command === 'npm',
    env: { ...process.env, ...env },
  };
  const { status, stdout, stderr, error } = spawnSync(command, args, options);
  return {
    passed: status === 0,
    stdout,
    output: error?.message ?? `exit ${status}\n${stdout}${stderr}`,
  };
}

function npm(...args) {
  const { passed, stdout, output } = run('npm', args, { cwd: root });
  if (!passed) throw new Error(output);
  return stdout;
}

function claim(what, { passed, output }) {
  console.log(`${passed ? 'ok   ' : 'FAILS'} ${what}${passed ? '' : `\n${output}`}`);
  if (!passed) process.exitCode = 1;
}

/** Ours from their tarballs; the clients, which a program installs itself, from the repository. */
function install() {
  for (const name of ['core', 'https', 'axios', 'undici', 'kubernetes', 'grpc']) {
    const flags = ['--json', '--foreground-scripts=false', '--pack-destination', scratch];
    const [packed] = Object.values(JSON.parse(npm('pack', ...flags, '-w', `@keyturn/${name}`)));
    const home = join(scratch, 'node_modules/@keyturn', name);
    mkdirSync(home, { recursive: true });
    run('tar', ['xzf', join(scratch, packed.filename), '-C', home, '--strip-components=1']);
  }
  const lock = JSON.parse(
    npm(
      'ls',
      '--all',
      '--json',
      '-w',
      '@keyturn/axios',
      '-w',
      '@keyturn/undici',
      '-w',
      '@keyturn/grpc',
    ),
  );
  const wanted = new Set(['@types/node', 'undici-types']);
  const visit = ({ dependencies = {} }) => {
    for (const [name, each] of Object.entries(dependencies)) {
      if (!name.startsWith('@keyturn/')) wanted.add(name);
      visit(each);
    }
  };
  visit(lock);
  // What is inside our packages a program has not.
  for (const name of ['inversify', 'reflect-metadata', 'cross-spawn', 'yaml', 'js-yaml'])
    wanted.delete(name);
  for (const name of wanted) {
    if (!existsSync(join(root, 'node_modules', name))) continue;
    const to = join(scratch, 'node_modules', name);
    mkdirSync(join(to, '..'), { recursive: true });
    if (!existsSync(to)) cpSync(join(root, 'node_modules', name), to, { recursive: true });
  }
}

const plugin = `import { writeFileSync } from 'node:fs';
process.stdout.write(JSON.stringify({ kind: 'ExecCredential', apiVersion: 'client.authentication.k8s.io/v1', status: { token: 'abc' } }));
`;

// README's ten lines, with a plugin and a server of their own in place of a cluster.
const imports = `import { bindAxios } from '@keyturn/axios';
import { createCredentialManager } from '@keyturn/core';
import { execSource } from '@keyturn/core/exec';
import { loadKubeconfig } from '@keyturn/kubernetes';
import axios from 'axios';
import { createServer } from 'node:http';
`;
const main = `const server = createServer((request, response) => response.end(request.headers.authorization)).listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const baseURL = 'http://127.0.0.1:' + server.address().port;
const user = { exec: { apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never', command: process.execPath, args: [process.env.PLUGIN] } };
// As YAML, whose reader is loaded when it is needed.
const text = '---\\n' + JSON.stringify({ 'current-context': 'c', contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }], clusters: [{ name: 'c', cluster: { server: baseURL } }], users: [{ name: 'u', user }] });
const { source } = await loadKubeconfig({ text });
const credentials = createCredentialManager({ source });
const { client } = bindAxios(axios.create({ baseURL, proxy: false }), credentials);
const { data } = await client.get('/api/v1/namespaces');
const second = createCredentialManager({ source: execSource({ ...user.exec }) });
if ((await second.current()).token !== 'abc' || data !== 'Bearer abc') throw new Error(data);
await Promise.all([credentials.close(), second.close()]);
server.close();
console.log('right');
`;
const wrapped = `async function main() {\n${main}}\nmain();\n`;
const required = imports
  .replaceAll(/^import \{ (.+) \} from '(.+)';$/gm, "const { $1 } = require('$2');")
  .replace("import axios from 'axios';", "const axios = require('axios');");
const jestTest = `${required}test('the program', async () => {\n${main}});\n`;

const env = { PLUGIN: join(scratch, 'plugin.mjs') };

function runProgram(what, path) {
  const result = run(process.execPath, [path], { env });
  claim(what, { ...result, passed: result.passed && result.stdout === 'right\n' });
}

function writePrograms() {
  for (const [name, text] of [
    ['plugin.mjs', plugin],
    ['app.mjs', imports + main],
    ['wrapped.mjs', imports + wrapped],
    ['required.cjs', required + wrapped],
    ['jest/program.test.js', jestTest],
    ['jest/package.json', '{}'],
    ['package.json', JSON.stringify({ name: 'programs', private: true })],
  ]) {
    mkdirSync(join(scratch, name, '..'), { recursive: true });
    writeFileSync(join(scratch, name), text);
  }
}

const requireTool = createRequire(join(tools, 'x'));

/** One file each, from an entry of the scratch folder. Node's own modules stay outside. */
const bundlers = {
  async rollup(input, file) {
    const { rollup } = requireTool('rollup');
    const resolver = requireTool('@rollup/plugin-node-resolve');
    const plugins = [
      resolver({ preferBuiltins: true, exportConditions: ['node'] }),
      requireTool('@rollup/plugin-commonjs')(),
      requireTool('@rollup/plugin-json')(),
    ];
    const bundle = await rollup({ input, plugins, onwarn: () => {} });
    await bundle.write({ file, inlineDynamicImports: true });
  },
  async esbuild(entry, outfile) {
    const banner = {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    };
    const options = { bundle: true, platform: 'node', format: 'esm', logLevel: 'error' };
    await requireTool('esbuild').build({ entryPoints: [entry], outfile, banner, ...options });
  },
  async vite(input, file) {
    const { build } = await import(
      requireTool.resolve('vite').replace(/index\.cjs$/, 'dist/node/index.js')
    );
    await build({
      root: scratch,
      logLevel: 'error',
      ssr: { noExternal: true },
      build: {
        ssr: input,
        outDir: join(file, '..'),
        emptyOutDir: false,
        rollupOptions: {
          output: {
            entryFileNames: file.slice(file.lastIndexOf('/') + 1),
            inlineDynamicImports: true,
          },
        },
      },
    });
  },
  async webpack(entry, file) {
    const webpack = requireTool('webpack');
    const [, folder, filename] = /^(.*)\/([^/]+)$/.exec(file);
    const stats = await new Promise((done, fail) => {
      webpack(
        {
          mode: 'production',
          target: 'node20',
          entry,
          context: scratch,
          experiments: { outputModule: true },
          output: { path: folder, filename, module: true, chunkFormat: 'module' },
          optimization: { splitChunks: false },
        },
        (error, result) => (error ? fail(error) : done(result)),
      );
    });
    if (stats.hasErrors()) throw new Error(stats.toString({ all: false, errors: true }));
  },
};

async function bundleAndRun() {
  for (const [name, bundle] of Object.entries(bundlers)) {
    for (const [kind, entry] of [
      ['with top-level await', 'app.mjs'],
      ['in a function', 'wrapped.mjs'],
    ]) {
      const what = `bundled to one file by ${name}, ${kind}`;
      const file = join(scratch, 'bundled', `${name}-${entry}`);
      try {
        await bundle(join(scratch, entry), file);
        // Alone: what is not in the file is not found.
        const alone = mkdtempSync(join(tmpdir(), 'keyturn-alone-'));
        cpSync(file, join(alone, 'program.mjs'));
        runProgram(what, join(alone, 'program.mjs'));
        rmSync(alone, { recursive: true });
      } catch (error) {
        claim(what, { passed: false, output: error.stack });
      }
    }
  }
}

const typed = `import { axiosModule, bindAxios } from '@keyturn/axios';
import { createCredentialManager, staticSource } from '@keyturn/core';
import { withCredential } from '@keyturn/core/binding';
import { execSource } from '@keyturn/core/exec';
import { bindGrpc } from '@keyturn/grpc';
import { CredentialAgent } from '@keyturn/https';
import { loadKubeconfig } from '@keyturn/kubernetes';
import { bindFetch } from '@keyturn/undici';
import axios from 'axios';
const credentials = createCredentialManager({ source: staticSource({ token: 'x' }) });
export const { client } = bindAxios(axios.create({ baseURL: 'https://api.example' }), credentials);
export const answer = client.get<string>('/').then(({ data }) => data.length);
export const source = execSource({ command: 'aws', apiVersion: 'client.authentication.k8s.io/v1' });
export const others = [axiosModule, withCredential, bindGrpc, CredentialAgent, loadKubeconfig, bindFetch];
// @ts-expect-error: the option is known, so a wrong value is an error, and nothing here is any.
createCredentialManager({ source: 1 });
// @ts-expect-error: likewise.
execSource({ command: 1, apiVersion: 'client.authentication.k8s.io/v1' });
`;

/** Every declaration is checked, ours and those of the clients, in a folder that has nothing else. */
function checkTypes() {
  const lib = [
    '--strict',
    '--noEmit',
    '--target',
    'es2022',
    '--lib',
    'es2023,esnext.disposable',
    '--types',
    'node',
    '--esModuleInterop',
  ];
  writeFileSync(join(scratch, 'typed.mts'), typed);
  writeFileSync(join(scratch, 'typed.cts'), typed);
  writeFileSync(join(scratch, 'typed.ts'), typed);
  const last = join(root, 'node_modules/typescript');
  for (const [module, moduleResolution, file, compilers] of [
    ['commonjs', 'node10', 'typed.ts', ['typescript5.9']],
    ['node16', 'node16', 'typed.mts', ['typescript5.9', last]],
    ['node16', 'node16', 'typed.cts', ['typescript5.9', last]],
    ['nodenext', 'nodenext', 'typed.mts', ['typescript5.9', last]],
    ['nodenext', 'nodenext', 'typed.cts', ['typescript5.9', last]],
    ['esnext', 'bundler', 'typed.ts', ['typescript5.9', last]],
  ]) {
    for (const compiler of compilers) {
      const tsc = join(resolve(tools, compiler), 'bin/tsc');
      const args = [tsc, ...lib, '--module', module, '--moduleResolution', moduleResolution, file];
      const { output } = run(process.execPath, args);
      // A client's own declarations are its own affair.
      const ours = output
        .split('\n')
        .filter(
          (line) => / error TS|^error TS/.test(line) && !/^node_modules\/(?!@keyturn\/)/.test(line),
        );
      const { version } = JSON.parse(
        run(process.execPath, [
          '-p',
          `JSON.stringify(require(${JSON.stringify(join(resolve(tools, compiler), 'package.json'))}))`,
        ]).stdout,
      );
      claim(`types, TypeScript ${version}, ${moduleResolution}, ${file.split('.')[1]}`, {
        passed: ours.length === 0,
        output: ours.join('\n'),
      });
    }
  }
}

const inContainer = (inversify) => `import 'reflect-metadata';
import { axiosClientToken, axiosModule } from '@keyturn/axios';
import { staticSource } from '@keyturn/core';
import { credentialModule, credentialTokens, tokens } from '@keyturn/core/container';
import { Container, ContainerModule } from '${inversify}';
const container = new Container();
const own = new ContainerModule(({ bind }) => void bind('own').toConstantValue('own'));
await container.load(own, credentialModule({ source: staticSource({ token: 'abc' }) }), axiosModule({ baseURL: 'https://api.example' }));
await container.load(credentialModule({ name: 'second', source: staticSource({ token: 'def' }) }));
await container.load(axiosModule({ name: 'second', credential: 'second', baseURL: 'https://second.example' }));
const credentials = container.get(tokens.manager);
if ((await credentials.current()).token !== 'abc') throw new Error('wrong token');
if (credentials !== container.get(tokens.manager)) throw new Error('two managers');
const second = container.get(credentialTokens('second').manager);
if ((await second.current()).token !== 'def') throw new Error('wrong second token');
let refusal;
try { await container.load(credentialModule({ name: 'second', source: staticSource({ token: 'ghi' }) })); } catch (error) { refusal = error.message; }
if (!/called "second" already/.test(refusal)) throw new Error('no word about a second second');
if (typeof container.get(axiosClientToken()).get !== 'function') throw new Error('no client');
if (container.get(axiosClientToken('second')) === container.get(axiosClientToken())) throw new Error('one client');
if (container.getAll(tokens.binding).length !== 2 || container.get('own') !== 'own') throw new Error('bindings');
await credentials.close();
await second.close();
console.log('right');
`;

function runInContainers() {
  for (const name of ['inversify7', 'inversify8', 'reflect-metadata', '@inversifyjs']) {
    const to = join(scratch, 'node_modules', name);
    if (!existsSync(to)) symlinkSync(join(tools, name), to, 'junction');
  }
  for (const name of ['inversify7', 'inversify8']) {
    writeFileSync(join(scratch, `${name}.mjs`), inContainer(name));
    runProgram(`modules in a container of the application's own ${name}`, `${name}.mjs`);
  }
}

try {
  if (!existsSync(tools))
    npm('ci', '--prefix', 'test/outside', '--loglevel=error', '--ignore-scripts');
  install();
  writePrograms();
  runProgram('imported', 'app.mjs');
  runProgram('required', 'required.cjs');
  const jest = join(tools, 'jest/bin/jest.js');
  claim(
    "under Jest's default configuration",
    run(process.execPath, [jest, '--rootDir', join(scratch, 'jest')], { env }),
  );
  checkTypes();
  await bundleAndRun();
  runInContainers();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
