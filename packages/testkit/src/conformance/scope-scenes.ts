import { equal, match, deepEqual as same } from 'node:assert/strict';
import { isCredentialError } from '@keyturn/core';
import type { TestApiServer, TestApiServerOptions } from '../server/test-api-server.js';
import type { BindingSetup } from './binding-under-test.js';
import { tokensOf } from './expectations.js';
import { type Scene, scene } from './scene.js';
import type { Stage, Theatre } from './theatre.js';

export const scopeScenes: readonly Scene[] = [
  scene('says which option is missing when it knows no origin', ['binds'], async (theatre) => {
    const error = bindingError(theatre, { url: '', origins: [] });
    equal(isCredentialError(error) && error.code, 'ERR_ORIGIN_UNKNOWN');
  }),

  scene('refuses to send to plain http beyond this machine', ['binds'], async (theatre) => {
    const url = 'http://api.example';
    const error = bindingError(theatre, { url, origins: [url] });
    equal(isCredentialError(error) && error.code, 'ERR_ORIGIN_INSECURE');
  }),

  scene('refuses an unknown option by its name', ['binds'], async (theatre) => {
    const url = 'https://api.example';
    const misspelt = { url, origins: [url], orgins: [url] };
    const error = bindingError(theatre, misspelt);
    equal(error instanceof TypeError, true);
    match(String(error), /"orgins"/);
  }),

  scene('does not carry a token to another origin', ['token', 'roams'], (theatre) =>
    sendElsewhere(theatre, {}),
  ),

  // Only a binding that speaks https can come upon something less than it.
  scene(
    'does not carry a token to plain http',
    ['token', 'clientCertificate', 'roams', 'plainHttp'],
    (theatre) => sendElsewhere(theatre, { plainHttp: true }),
  ),

  scene(
    'does not carry a certificate to another origin',
    ['clientCertificate', 'roams'],
    async (theatre) => {
      const { binding, source, send } = await theatre.stage();
      source.change = theatre.certificateFor;
      await send('/here');
      const elsewhere = await theatre.startServer();
      equal((await theatre.send(binding.client, `${elsewhere.url}/elsewhere`)).status, 200);
      equal(elsewhere.requests[0]?.commonName, undefined);
    },
  ),

  scene(
    'does not carry a token along a redirect to another origin',
    ['token', 'roams'],
    async (theatre) => {
      const { elsewhere, send } = await redirecting(theatre);
      await send('/leaving');
      for (const { token } of elsewhere.requests) equal(token, undefined);
    },
  ),

  scene(
    'does not carry a token along a redirect to plain http',
    ['token', 'clientCertificate', 'roams', 'plainHttp'],
    async (theatre) => {
      const { elsewhere, send } = await redirecting(theatre, { plainHttp: true });
      await send('/leaving');
      for (const { token } of elsewhere.requests) equal(token, undefined);
    },
  ),

  scene(
    'does not carry a certificate along a redirect to another origin',
    ['clientCertificate', 'roams'],
    async (theatre) => {
      const { source, elsewhere, send } = await redirecting(theatre);
      source.change = theatre.certificateFor;
      await send('/leaving');
      for (const { commonName } of elsewhere.requests) equal(commonName, undefined);
    },
  ),

  scene(
    'takes a refusal by another origin for none of its own',
    ['token', 'roams'],
    async (theatre) => {
      const stage = await redirecting(theatre, { authorize: () => false });
      const { status } = await stage.send('/leaving');
      equal(status, followed(stage.elsewhere) ? 401 : 302);
      same([stage.source.runs, stage.manager.stats().refusals], [1, 0]);
    },
  ),

  scene(
    'carries nothing along a chain of redirects that began elsewhere and comes in',
    ['token', 'roams'],
    async (theatre) => {
      const { server, source, manager, binding } = await theatre.stage();
      source.change = certificateOf(theatre);
      await manager.current();
      const elsewhere = await theatre.startServer(redirectTo(server));
      await theatre.send(binding.client, `${elsewhere.url}/hook`);
      equal(elsewhere.requests.length, 1);
      for (const { token, commonName } of server.requests) {
        same([token, commonName], [undefined, undefined]);
      }
    },
  ),

  scene(
    'carries nothing along a chain of redirects that has left and comes back',
    ['token', 'roams'],
    async (theatre) => {
      const elsewhere = await theatre.startServer({
        respond: (_, response) => response.writeHead(302, { location: `${back.url}/back` }).end(),
      });
      const back = await theatre.startServer(redirectFrom('/leave', elsewhere));
      const { source, binding } = await theatre.stage({
        bind: { url: back.url, origins: [back.url] },
      });
      source.change = certificateOf(theatre);
      await theatre.send(binding.client, `${back.url}/leave`);
      const [left, ...later] = back.requests;
      equal(left?.token, 'token-1');
      for (const { token, commonName } of later) same([token, commonName], [undefined, undefined]);
    },
  ),

  scene(
    'carries the token along a redirect that stays in scope',
    ['token', 'roams'],
    async (theatre) => {
      const second = await theatre.startServer();
      const first = await theatre.startServer(redirectTo(second));
      const { binding } = await theatre.stage({
        bind: { url: first.url, origins: [first.url, second.url] },
      });
      const { status } = await theatre.send(binding.client, `${first.url}/leaving`);
      equal(status, followed(second) ? 200 : 302);
      for (const { token } of second.requests) equal(token, 'token-1');
    },
  ),
];

/** What `bind` throws; undefined where it does not. */
function bindingError<Client>(
  theatre: Theatre<Client>,
  setup: Partial<BindingSetup> & { readonly url: string },
): unknown {
  const source = { name: 'unused', load: async () => ({ token: 'unused' }) };
  const manager = theatre.openManager({ source });
  try {
    theatre.bind(manager, setup);
    return undefined;
  } catch (error) {
    return error;
  }
}

async function sendElsewhere<Client>(
  theatre: Theatre<Client>,
  options: TestApiServerOptions,
): Promise<void> {
  const { binding, source, send } = await theatre.stage();
  await send('/here');
  const elsewhere = await theatre.startServer(options);
  equal((await theatre.send(binding.client, `${elsewhere.url}/elsewhere`)).status, 200);
  same(tokensOf(elsewhere), [undefined]);
  equal(source.runs, 1);
}

async function redirecting<Client>(
  theatre: Theatre<Client>,
  options: TestApiServerOptions = {},
): Promise<Stage<Client> & { readonly elsewhere: TestApiServer }> {
  const elsewhere = await theatre.startServer(options);
  const stage = await theatre.stage({ server: redirectTo(elsewhere) });
  return { ...stage, elsewhere };
}

function redirectTo({ url }: TestApiServer): TestApiServerOptions {
  return {
    respond: (_, response) => response.writeHead(302, { location: `${url}/landed` }).end(),
  };
}

function redirectFrom(path: string, { url }: TestApiServer): TestApiServerOptions {
  return {
    respond: (request, response) => {
      if (request.url === path) response.writeHead(302, { location: `${url}/landed` });
      response.end('{}');
    },
  };
}

/** The certificates of the theatre, where the binding presents any. */
function certificateOf<Client>(theatre: Theatre<Client>): Theatre<Client>['certificateFor'] {
  return theatre.supports.clientCertificate ? theatre.certificateFor : async () => ({});
}

/** A client that follows no redirects hands the redirect over: that carries nothing anywhere. */
function followed(landing: TestApiServer): boolean {
  return landing.requests.length > 0;
}
