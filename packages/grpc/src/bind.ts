/** The binding alone, for programs that count milliseconds of start-up: the index loads a container for its module maker. */
export { type BindGrpcOptions, bindGrpc, type GrpcClientArguments } from './bind-grpc.js';
