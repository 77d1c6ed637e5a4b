import { type CallCredentials, credentials, Metadata } from '@grpc/grpc-js';
import type { Credential } from '@keyturn/core/binding';
import { addHeadersOf } from './call-metadata.js';

/** What the metadata of one attempt said in the end. */
export interface TokenReport {
  /** An Authorization of the caller's own call credentials went along instead of ours. */
  isOwn: boolean;
  /** Why there was no token. */
  failure?: unknown;
}

type Found = Credential | undefined;

export interface TokenCredentialsParts {
  /** Call credentials of the caller's own: they are asked first, and what they say wins. */
  readonly own: CallCredentials | undefined;
  /** What the call itself says, which wins as well. */
  readonly kept: Metadata;
  /** Returns what is held, and asks for nothing. */
  readonly held: () => Found;
  readonly ask: () => Found | Promise<Found>;
  /** Is filled in when the call is sent. */
  readonly report: TokenReport;
}

/**
 * Returns call credentials that ask for the credential when the call gets its connection, for that may take longer than a
 * token lives.
 */
export function tokenCredentials(parts: TokenCredentialsParts): CallCredentials {
  const { own, kept, held, ask, report } = parts;
  return credentials.createFromMetadataGenerator((options, done) => {
    const fail = (error: unknown): void => {
      report.failure = error;
      done(error as Error);
    };
    const add = (metadata: Metadata, credential: Found): void => {
      try {
        if (credential !== undefined) addHeadersOf(credential, metadata, kept);
      } catch (error) {
        fail(error);
        return;
      }
      done(null, metadata);
    };
    const addOurs = (metadata: Metadata): void => {
      const credential = ask();
      // At once where it is at hand, as it nearly always is.
      if (credential instanceof Promise) credential.then((late) => add(metadata, late), fail);
      else add(metadata, credential);
    };
    if (own === undefined) {
      addOurs(new Metadata());
      return;
    }
    own.generateMetadata(options).then((metadata) => {
      report.isOwn = metadata.get('authorization').length > 0;
      if (report.isOwn) add(metadata, held());
      else addOurs(metadata);
    }, done);
  });
}
