import { type CallCredentials, credentials, Metadata } from '@grpc/grpc-js';

/** What the metadata of one attempt said in the end. */
export interface TokenReport {
  /** An Authorization of the caller's own call credentials went along instead of ours. */
  isOwn: boolean;
  /** Why there was no token. */
  failure?: unknown;
}

type Token = string | undefined;

/**
 * Returns call credentials that ask for the token when the call gets its connection, for that may take longer than a
 * token lives. Call credentials of the caller's own are asked first, and their Authorization wins.
 * @param report is filled in when the call is sent
 */
export function tokenCredentials(
  own: CallCredentials | undefined,
  ask: () => Token | Promise<Token>,
  report: TokenReport,
): CallCredentials {
  return credentials.createFromMetadataGenerator((options, done) => {
    const add = (metadata: Metadata, token: Token): void => {
      if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
      done(null, metadata);
    };
    const addOurs = (metadata: Metadata): void => {
      const token = ask();
      // At once where it is at hand, as it nearly always is.
      if (token instanceof Promise) addLate(metadata, token);
      else add(metadata, token);
    };
    const addLate = (metadata: Metadata, token: Promise<Token>): void => {
      token.then(
        (late) => add(metadata, late),
        (error: Error) => {
          report.failure = error;
          done(error);
        },
      );
    };
    if (own === undefined) {
      addOurs(new Metadata());
      return;
    }
    own.generateMetadata(options).then((metadata) => {
      report.isOwn = metadata.get('authorization').length > 0;
      if (report.isOwn) done(null, metadata);
      else addOurs(metadata);
    }, done);
  });
}
