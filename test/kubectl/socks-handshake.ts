import { once } from 'node:events';
import type { Socket } from 'node:net';

/** What a client of a SOCKS5 proxy asks for. */
export interface SocksRequest {
  readonly target: string;
  /** `user:password`, where the client offers them. */
  readonly login?: string;
  /** Tells the client whether the connection stands. */
  readonly greet: (isOpen: boolean) => void;
}

const version = 5;
const byPassword = 2;

/** Reads the handshake of RFC 1928, with the passwords of RFC 1929; asks for one where the client has one. */
export async function acceptSocks(client: Socket): Promise<SocksRequest> {
  const read = reader(client);
  const [, count = 0] = await read(2);
  const isLogin = (await read(count)).includes(byPassword);
  client.write(Buffer.from([version, isLogin ? byPassword : 0]));
  const login = isLogin ? await readLogin(client, read) : undefined;
  const [, , , kind] = await read(4);
  const host = await readHost(kind, read);
  const port = (await read(2)).readUInt16BE();
  const greet = (isOpen: boolean): void => {
    client.write(Buffer.from([version, isOpen ? 0 : 5, 0, 1, 0, 0, 0, 0, 0, 0]));
  };
  return { target: `${host}:${port}`, ...(login !== undefined && { login }), greet };
}

type Read = (size: number) => Promise<Buffer>;

function reader(client: Socket): Read {
  return async (size) => {
    if (size === 0) return Buffer.alloc(0);
    let bytes = client.read(size) as Buffer | null;
    while (bytes === null) {
      await once(client, 'readable');
      bytes = client.read(size) as Buffer | null;
    }
    return bytes;
  };
}

async function readLogin(client: Socket, read: Read): Promise<string> {
  await read(1);
  const parts: string[] = [];
  for (let part = 0; part < 2; part += 1)
    parts.push((await read((await read(1))[0] ?? 0)).toString());
  client.write(Buffer.from([1, 0]));
  return parts.join(':');
}

async function readHost(kind: number | undefined, read: Read): Promise<string> {
  if (kind === 1) return [...(await read(4))].join('.');
  if (kind === 3) return (await read((await read(1))[0] ?? 0)).toString();
  const groups = (await read(16)).toString('hex').match(/.{4}/g) ?? [];
  return `[${groups.join(':')}]`;
}
