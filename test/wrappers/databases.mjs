// Just enough of three databases to see with which password somebody connects.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

async function listen(onConnection) {
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: server.address().port, sockets };
}

const message = (type, ...parts) => {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};
const int32 = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

/** Asks for the password in clear text, and takes any. */
export async function startPostgres() {
  const passwords = [];
  const { port } = await listen((socket) => {
    let isStarted = false;
    socket.on('data', (bytes) => {
      if (!isStarted) {
        isStarted = true;
        socket.write(message('R', int32(3)));
      } else if (bytes.toString('latin1', 0, 1) === 'p') {
        passwords.push(bytes.toString('utf8', 5, bytes.length - 1));
        socket.write(Buffer.concat([message('R', int32(0)), message('Z', Buffer.from('I'))]));
      }
    });
  });
  return { port, passwords };
}

/** Sends the nonce of mysql_native_password, and finds out which of the tokens was meant. */
export async function startMysql() {
  const passwords = [];
  const nonce = Buffer.from('abcdefghijklmnopqrst');
  const packet = (number, body) => {
    const head = Buffer.alloc(4);
    head.writeUIntLE(body.length, 0, 3);
    head[3] = number;
    return Buffer.concat([head, body]);
  };
  const capabilities = 0x0008_8201 | 0x0000_8000 | 0x0000_0200;
  const hello = Buffer.concat([
    Buffer.from([10]),
    Buffer.from('8.0.0\0'),
    Buffer.from([1, 0, 0, 0]),
    nonce.subarray(0, 8),
    Buffer.from([0, capabilities & 0xff, (capabilities >> 8) & 0xff, 33, 2, 0]),
    Buffer.from([(capabilities >> 16) & 0xff, (capabilities >> 24) & 0xff, 21]),
    Buffer.alloc(10),
    nonce.subarray(8),
    Buffer.from('\0mysql_native_password\0'),
  ]);
  const { port } = await listen((socket) => {
    socket.write(packet(0, hello));
    socket.once('data', (bytes) => {
      passwords.push(['t1', 't2'].find((token) => bytes.includes(scramble(token, nonce))));
      socket.write(packet(2, Buffer.from([0, 0, 0, 2, 0, 0, 0])));
    });
  });
  return { port, passwords, again: (_first, connect) => connect() };
}

function scramble(password, nonce) {
  const sha1 = (...parts) => createHash('sha1').update(Buffer.concat(parts)).digest();
  const hash = sha1(Buffer.from(password));
  const mask = sha1(nonce, sha1(hash));
  return Buffer.from(hash.map((byte, index) => byte ^ mask[index]));
}

/** Answers OK to whatever it is told, and tells what it was told to AUTH with. */
export async function startRedis() {
  const passwords = [];
  const { port, sockets } = await listen((socket) => {
    socket.on('data', (bytes) => {
      const words = bytes.toString().split('\r\n');
      for (const [index, word] of words.entries()) {
        // HELLO 3 AUTH user password, each with its length before it.
        if (/^auth$/i.test(word)) passwords.push(words[index + 4]);
        if (/^\*\d/.test(word)) socket.write('+OK\r\n');
      }
    });
  });
  const again = async (redis) => {
    for (const socket of sockets) socket.destroy();
    await once(redis, 'ready');
  };
  return { port, passwords, again };
}
