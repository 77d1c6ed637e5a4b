// Loaded before the blocks of a page run: the world as a page sees it. Every name has an address, and whatever is
// not this machine is the server of the test; the file that a pod has is there. Nothing else is other than it is.
import dns from 'node:dns';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

const port = Number(process.env.PAGES_PORT);
const podToken = process.env.PAGES_POD_TOKEN;
// An address that nobody has (RFC 5737), so that what is meant for another machine can be told from what is not.
const elsewhere = { address: '192.0.2.1', family: 4 };
const isHere = (host) => host === undefined || /^(?:localhost|127\.|::1)/.test(host);

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  // net.connect has put its arguments in order already: [options, callback].
  const options = Array.isArray(args[0]) ? args[0][0] : args[0];
  if (typeof options !== 'object' || options.path || isHere(options.host)) {
    return connect.apply(this, args);
  }
  const rerouted = { ...options, host: '127.0.0.1', port, lookup: undefined };
  if (Array.isArray(args[0])) args[0][0] = rerouted;
  else args[0] = rerouted;
  return connect.apply(this, args);
};

const lookup = dns.lookup;
dns.lookup = (host, ...rest) => {
  if (isHere(host)) return lookup(host, ...rest);
  const [options, callback] = rest.length === 1 ? [{}, rest[0]] : rest;
  const { address, family } = elsewhere;
  process.nextTick(() =>
    options?.all ? callback(null, [elsewhere]) : callback(null, address, family),
  );
};
dns.promises.lookup = async (_host, options) => (options?.all ? [elsewhere] : elsewhere);
dns.promises.Resolver.prototype.resolveTxt = async () => [];

const { readFile, stat } = fs.promises;
const placeOf = (path) => (String(path).startsWith('/var/run/secrets/') ? podToken : path);
fs.promises.readFile = (path, ...rest) => readFile(placeOf(path), ...rest);
fs.promises.stat = (path, ...rest) => stat(placeOf(path), ...rest);
syncBuiltinESMExports();
