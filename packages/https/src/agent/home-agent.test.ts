import http from 'node:http';
import { describe, expect, it } from 'vitest';
import { homeAgent } from './home-agent.js';
import { sealingAgent } from './sealing-agent.js';

class Other extends http.Agent {}

describe('the agent of a request that stays on this machine', () => {
  it.each([
    ["one of Node's own", () => new http.Agent()],
    ['one that seals what it sends', () => sealingAgent(new http.Agent())],
    ['one that it has made itself', () => homeAgent(new Other())],
    ['no agent at all', () => false],
  ])('is %s, where that is given', (_, make) => {
    const agent = make();
    expect(homeAgent(agent)).toBe(agent);
  });

  it.each([
    ['may be a proxy', () => new Other()],
    ['leads elsewhere', () => new http.Agent({ host: 'elsewhere.example' } as http.AgentOptions)],
    ['seals what may be a proxy', () => sealingAgent(new Other())],
  ])('is another for one that %s, and always the same one', (_, make) => {
    const agent = make();
    const home = homeAgent(agent);
    expect(home).not.toBe(agent);
    expect(homeAgent(agent)).toBe(home);
  });
});
