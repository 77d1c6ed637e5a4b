import type { ChannelInterface } from '@grpc/grpc-js';

/** A call as a channel makes it; grpc-js does not export the names of these types. */
export type ChannelCall = ReturnType<ChannelInterface['createCall']>;

/** What `createCall` of a channel is given. */
export type CallArguments = Parameters<ChannelInterface['createCall']>;

export type MessageContext = Parameters<ChannelCall['sendMessageWithContext']>[0];
