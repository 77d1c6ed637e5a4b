import { rejection } from './expectations.js';
import { showsNone } from './printed.js';
import { type Scene, scene } from './scene.js';
import type { Stage, Theatre } from './theatre.js';

const secretToken = 'very-secret-token';

export const secretScenes: readonly Scene[] = [
  scene('keeps token and key out of an answer', [], async (theatre) => {
    for (const plainHttp of schemes(theatre)) {
      const { send, secrets } = await secretStage(theatre, { server: { plainHttp } });
      showsNone(secrets, (await send('/fine')).answer, 'answer');
    }
  }),

  scene('keeps token and key out of a refusal', [], async (theatre) => {
    for (const plainHttp of schemes(theatre)) {
      const server = { plainHttp, authorize: () => false };
      const { send, secrets } = await secretStage(theatre, { server });
      showsNone(secrets, (await send('/refused')).answer, 'answer');
    }
  }),

  scene('keeps token and key out of a connection error', [], async (theatre) => {
    const { server, send, secrets } = await secretStage(theatre);
    await send('/there');
    await server.close();
    const error = await rejection('a request to nobody', send('/gone'), theatre.limitMs);
    showsNone(secrets, error, 'error');
  }),

  scene('keeps token and key out of the client', [], async (theatre) => {
    const { binding, send, secrets } = await secretStage(theatre);
    await send('/fine');
    showsNone(secrets, binding.client, 'client');
  }),
];

/** Whether to speak plain http, one after the other: a client has other objects in its answers then. */
export function schemes<Client>({ adapter, supports }: Theatre<Client>): readonly boolean[] {
  if (!supports.clientCertificate) return [true];
  return adapter.lacks?.includes('plainHttp') ? [false] : [false, true];
}

async function secretStage<Client>(
  theatre: Theatre<Client>,
  options: Parameters<Theatre<Client>['stage']>[0] = {},
): Promise<Stage<Client> & { readonly secrets: readonly string[] }> {
  const stage = await theatre.stage(options);
  const material = { ...(await theatre.certificateFor(1)), token: secretToken };
  stage.source.change = () => material;
  // Line breaks of a key may be printed as they are or escaped; its second line holds enough of it.
  const [, key = ''] = material.clientCertificate?.privateKey.split('\n') ?? [];
  return { ...stage, secrets: [secretToken, key] };
}
