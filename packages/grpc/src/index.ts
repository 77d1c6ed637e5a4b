export { type BindGrpcOptions, bindGrpc, type GrpcClientArguments } from './bind.js';
export { type GrpcModuleOptions, grpcClientToken, grpcModule } from './module.js';
