import { CoreV1Api, KubeConfig } from 'client-node-1';
import { ExecAuth } from 'client-node-1/dist/exec_auth.js';
import { clientNode } from './client-node.mjs';

export const peer = clientNode('client-node-1', { CoreV1Api, KubeConfig, ExecAuth });
