import { execFile } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { printTable } from './print-table.js';
import { plainClients } from './proxy-clients.js';

type Environment = readonly [name: string, variables: (proxy: string) => Record<string, string>];

const each: readonly Environment[] = [
  ['http_proxy', (proxy) => ({ http_proxy: proxy })],
  ['HTTP_PROXY', (proxy) => ({ HTTP_PROXY: proxy })],
  ['https_proxy', (proxy) => ({ https_proxy: proxy, HTTPS_PROXY: proxy })],
  ['all_proxy', (proxy) => ({ all_proxy: proxy, ALL_PROXY: proxy })],
  ['grpc_proxy', (proxy) => ({ grpc_proxy: proxy })],
  ['NODE_USE_ENV_PROXY', (proxy) => ({ NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxy })],
];
const all: Environment = [
  'all of them',
  (proxy) => Object.assign({}, ...each.map(([, variables]) => variables(proxy))),
];
/** A process each: one for all variables, and with `npm run test:hostile` one more for each. */
const environments = process.env['KEYTURN_HOSTILE'] === 'full' ? [...each, all] : [all];

const program = fileURLToPath(
  new URL('../../.build/test/test/hostile/proxy-program.js', import.meta.url),
);
const columns: string[][] = [];
/** What went through the proxy: text of the requests, and bytes of the tunnels. */
let proxied = '';
/** Tokens that the servers were sent. */
const arrived = new Set<string>();
let close = async (): Promise<void> => {};
let places: string[] = [];

beforeAll(async () => {
  const server = http.createServer((request, response) => {
    arrived.add(String(request.headers.authorization));
    response.end('answered');
  });
  const grpc = new Server();
  const same = (bytes: Buffer): Buffer => bytes;
  const serialization = {
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
  const say = {
    path: '/test.Test/Say',
    requestStream: false,
    responseStream: false,
    ...serialization,
  };
  grpc.addService(
    { Say: say },
    {
      Say: (
        call: { readonly metadata: { get(name: string): unknown[] } },
        done: (error: null, answer: Buffer) => void,
      ) => {
        arrived.add(String(call.metadata.get('authorization')[0]));
        done(null, Buffer.alloc(0));
      },
    },
  );
  const port = await promisify(grpc.bindAsync.bind(grpc))(
    '127.0.0.1:0',
    ServerCredentials.createInsecure(),
  );
  const proxy = http.createServer((request, response) => {
    proxied += `${request.url} ${JSON.stringify(request.headers)}`;
    response.end('from the proxy');
  });
  proxy.on('connect', (request, socket) => tunnel(request, socket as net.Socket));
  const portOf = async (one: net.Server): Promise<number> => {
    one.listen(0, '127.0.0.1');
    await once(one, 'listening');
    return (one.address() as AddressInfo).port;
  };
  places = [
    `http://localhost:${await portOf(server)}`,
    `localhost:${port}`,
    `http://127.0.0.1:${await portOf(proxy)}`,
  ];
  close = async () => {
    grpc.forceShutdown();
    for (const one of [server, proxy]) {
      one.closeAllConnections();
      one.close();
    }
  };
});

afterAll(async () => {
  await close();
  const rows = plainClients.map(
    ({ name }, index) => [name, ...columns.map((cells) => cells[index] ?? '')] as const,
  );
  printTable(
    'a token in clear text',
    environments.map(([name]) => name),
    rows,
  );
});

function tunnel({ url }: http.IncomingMessage, socket: net.Socket): void {
  const upstream = net.connect(Number(url?.split(':').at(-1)), '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    upstream.pipe(socket);
  });
  socket.on('data', (chunk) => {
    proxied += chunk.toString('latin1');
    upstream.write(chunk);
  });
  for (const one of [socket, upstream]) one.on('error', () => {});
}

it.each(environments)(
  'goes past every proxy where the environment has %s',
  async (_, environment) => {
    proxied = '';
    arrived.clear();
    const { PATH = '' } = process.env;
    const env = { PATH, ...environment(places[2] ?? '') };
    const { stdout } = await promisify(execFile)(process.execPath, [program, ...places], { env });
    const outcomes = JSON.parse(stdout) as Record<string, string>;
    columns.push(plainClients.map(({ name }) => cellOf(name, outcomes[name])));
    const straight = Object.fromEntries(plainClients.map(({ name }) => [name, 'straight']));
    expect(
      Object.fromEntries(plainClients.map(({ name }) => [name, cellOf(name, outcomes[name])])),
    ).toEqual(straight);
    expect(proxied).toBe('');
  },
);

function cellOf(name: string, outcome: string | undefined): string {
  const token = `token-of-${encodeURIComponent(name)}-and-no-other`;
  if (proxied.includes(token)) return 'SEEN BY THE PROXY';
  if (outcome !== 'answered') return outcome ?? 'no outcome';
  return arrived.has(`Bearer ${token}`) ? 'straight' : 'NO TOKEN';
}
