import type { CredentialAgent } from '../agent/credential-agent.js';

/** The part of a WebSocket of the package ws, or of one like it, that is used here. */
export interface WebSocketLike {
  on(event: string, listener: (...args: never[]) => void): unknown;
  off(event: string, listener: (...args: never[]) => void): unknown;
  /** Says goodbye to the other side. */
  close(code?: number, reason?: string): void;
  /** Ends the connection at once. */
  terminate(): void;
  pause?(): void;
  resume?(): void;
}

/** What a WebSocket has to be made with: pass it on as options of the constructor. */
export interface WebSocketInit {
  readonly agent: CredentialAgent;
  readonly headers: Record<string, string>;
}
