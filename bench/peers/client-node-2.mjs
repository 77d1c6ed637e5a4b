import { CoreV1Api, KubeConfig } from 'client-node-2';
import { ExecAuth } from 'client-node-2/dist/exec_auth.js';
import { clientNode } from './client-node.mjs';

export const peer = clientNode('client-node-2', { CoreV1Api, KubeConfig, ExecAuth });
