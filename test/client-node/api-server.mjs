// A server that answers what @kubernetes/client-node asks for: lists, watches, logs, metrics, and the WebSockets of exec, attach and
// port-forward. It lets a client in whose token is the newest one, and remembers who came.
import { once } from 'node:events';
import { createServer } from 'node:https';
import { execCredential, scriptedPlugin } from '@keyturn/testkit';
import { WebSocketServer } from 'ws';

const status = 3;

/** Starts the server, and a plugin whose n-th run prints `token-n` and a certificate of `client-n`. */
export async function startApiServer(authority) {
  const seen = [];
  const watches = new Set();
  const tls = await authority.issueServerCertificate();
  const server = createServer({
    cert: tls.certificate,
    key: tls.privateKey,
    ca: authority.certificate,
    requestCert: true,
    rejectUnauthorized: false,
  });
  const steps = await Promise.all(
    Array.from({ length: 5 }, async (_, index) => {
      const commonName = `client-${index + 1}`;
      const clientCertificate = await authority.issueClientCertificate({ commonName });
      return { stdout: execCredential({ token: `token-${index + 1}`, clientCertificate }) };
    }),
  );
  const plugin = await scriptedPlugin(steps);
  const world = { seen, watches, plugin, steps, opened: 0, newest: 1 };
  server.on('secureConnection', () => {
    world.opened += 1;
  });
  const arrived = (request, body = '') => {
    const { CN: commonName } = request.socket.getPeerCertificate().subject ?? {};
    const [, token] = /^Bearer (.*)$/.exec(request.headers.authorization ?? '') ?? [];
    const isIn = token === `token-${world.newest}`;
    seen.push({ method: request.method, url: request.url, token, commonName, body, isIn });
    return isIn;
  };
  server.on('request', async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    if (arrived(request, body)) answer(request, body, response, watches);
    else
      sendJson(response, 401, {
        kind: 'Status',
        apiVersion: 'v1',
        code: 401,
        message: 'Unauthorized',
      });
  });
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: () => 'v4.channel.k8s.io',
  });
  server.on('upgrade', (request, socket, head) => {
    if (!arrived(request)) socket.end('HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n');
    else sockets.handleUpgrade(request, socket, head, (webSocket) => talk(request.url, webSocket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  world.url = `https://127.0.0.1:${server.address().port}`;
  world.close = async () => {
    server.close();
    server.closeAllConnections();
    for (const client of sockets.clients) client.terminate();
    await plugin.dispose();
  };
  return world;
}

function sendJson(response, code, value) {
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function answer({ method, url }, body, response, watches) {
  const { pathname, searchParams } = new URL(url, 'https://server');
  if (searchParams.get('watch') === 'true') {
    watches.add(response);
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    response.on('close', () => watches.delete(response));
  } else if (pathname.endsWith('/log')) response.end('a line of the log\n');
  else if (method !== 'GET') sendJson(response, method === 'POST' ? 201 : 200, JSON.parse(body));
  else if (pathname === '/api/v1') {
    const resources = [{ kind: 'ConfigMap', name: 'configmaps', namespaced: true }];
    sendJson(response, 200, {
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: 'v1',
      resources,
    });
  } else {
    const metadata = { resourceVersion: '1' };
    sendJson(response, 200, { kind: 'List', apiVersion: 'v1', metadata, items: [] });
  }
}

/** Echoes what is forwarded; what is run has run well. */
function talk(url, webSocket) {
  if (url.includes('/portforward')) {
    webSocket.send(Buffer.from([0, 80, 0]));
    webSocket.on('message', (data) => webSocket.send(data));
    return;
  }
  if (/stdout=true/.test(url)) {
    webSocket.send(Buffer.concat([Buffer.from([1]), Buffer.from('said by the pod\n')]));
  }
  const said = Buffer.from(JSON.stringify({ kind: 'Status', status: 'Success' }));
  webSocket.send(Buffer.concat([Buffer.from([status]), said]));
}
