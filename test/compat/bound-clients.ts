// Compiled, never run: every version of a client fits the shape that its adapter declares, and comes back as itself.
import { type AxiosLike, bindAxios } from '@keyturn/axios';
import type { CredentialManager } from '@keyturn/core';
import { bindGot, type GotLike } from '@keyturn/got';
import type { AxiosInstance as Axios7 } from 'axios1.7';
import type { AxiosInstance as Axios21 } from 'axios1.21';
import type { Got as Got14 } from 'got14';
import type { Got as Got15 } from 'got15';
import type { Got as Got16 } from 'got16';

type Fits<Shape, Client extends Shape> = Client;

export type EachAxios = [Fits<AxiosLike, Axios7>, Fits<AxiosLike, Axios21>];
export type EachGot = [Fits<GotLike, Got14>, Fits<GotLike, Got15>, Fits<GotLike, Got16>];

export function bindEachAxios(manager: CredentialManager, [old, current]: EachAxios): EachAxios {
  return [bindAxios(old, manager).client, bindAxios(current, manager).client];
}

export function bindEachGot(manager: CredentialManager, [a, b, c]: EachGot): EachGot {
  return [bindGot(a, manager).client, bindGot(b, manager).client, bindGot(c, manager).client];
}
