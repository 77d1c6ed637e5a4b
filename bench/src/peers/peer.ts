import type { ClientCertificate } from '@keyturn/core';

/** What a peer's plugin has to print. */
export type PluginFormat = 'exec' | 'aws' | 'google' | 'token';

/** What a peer is given to work with. */
export interface Setting {
  /** The plugin: a file that can be executed, and prints this peer's own format. */
  readonly command: string;
  /** How long each credential of the plugin lives. */
  readonly lifetimeMs: number;
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  /** Where Google's client exchanges what its plugin gives: `http://127.0.0.1:PORT` */
  readonly stsUrl: string;
  /** PEM. */
  readonly ca: string;
  readonly clientCertificate: ClientCertificate;
}

/** When a peer refreshes early. Milliseconds, both ends counted back from the expiry. */
export interface RefreshWindow {
  /** Of a credential that can be had in this window within a few seconds. */
  readonly lifetimeMs: number;
  readonly opensMs: number;
  /** From here on everybody waits. */
  readonly closesMs: number;
}

export interface Abilities {
  readonly format: PluginFormat;
  /** Absent: it asks for a new credential only when the old one is of no use. */
  readonly window?: RefreshWindow;
}

/** Gives the credential that the next request would carry; runs the plugin where it must. */
export type Lookup = () => unknown;

/** Sends one GET and resolves with the status; rejects when there was no answer. */
export type Request = () => Promise<number>;

/** One way of keeping a credential: ours, or somebody else's. Each call starts with nothing held. */
export interface Peer {
  readonly name: string;
  readonly version: string;
  readonly does: Abilities;
  lookup?(setting: Setting): Lookup;
  /** A lookup that is no promise. */
  peek?(setting: Setting): Promise<Lookup>;
  request?(setting: Setting): Request;
}

/** What a table has to know about a peer. */
export type Introduction = Pick<Peer, 'name' | 'version' | 'does'>;
