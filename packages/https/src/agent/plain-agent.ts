import http from 'node:http';
import type { Duplex } from 'node:stream';
import { shadowInherited } from '@keyturn/core/binding';

type CreateConnection = NonNullable<http.ClientRequestArgs['createConnection']>;

/** Node's agent for plain http, whose connections go where their own options say. */
export class PlainAgent extends http.Agent {
  override createConnection(
    ...[options, onCreate]: Parameters<CreateConnection>
  ): Duplex | null | undefined {
    return super.createConnection(shadowInherited(options), onCreate);
  }
}
