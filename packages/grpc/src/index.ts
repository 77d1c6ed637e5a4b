export { type BindGrpcOptions, bindGrpc, type GrpcClientArguments } from './bind-grpc.js';
export { type GrpcModuleOptions, grpcClientToken, grpcModule } from './module.js';
