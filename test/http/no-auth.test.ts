import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningAgentflow, runAgentflow, startAgentflow } from '../harness/agentflow.js';
import { createProject, exampleGraph, type Project } from '../harness/project.js';
import { lastText, say, send } from '../harness/requests.js';

/* Without `auth`: a laptop's own programs, and nobody who comes through a browser, a name or a proxy. */

let project: Project;
let server: RunningAgentflow;

beforeAll(async () => {
  project = createProject({ 'agentflow.json': { agent: exampleGraph } });
  server = await startAgentflow({ directory: project.directory, args: ['dev', '--no-reload'] });
});

afterAll(async () => {
  await server.stop();
  project.remove();
});

/** `fetch` does not let a program choose these headers. */
function statusWith(headers: Readonly<Record<string, string>>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(`${server.url}/v1/threads`, { headers }, (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end();
  });
}

test('the start says loudly what is not protected', () => {
  expect(server.output()).toContain('NO AUTHENTICATION');
});

test('a program on this machine is let in, as the one local principal', async () => {
  const answer = await send(`${server.url}/v1/graph/invoke`, { body: say('Who am I?') });
  expect(lastText(answer)).toBe('You are local, with the roles administrator.');
});

describe('everybody else is refused', () => {
  test.each([
    ['a foreign web page', { Origin: 'https://evil.example' }],
    ['a page without an origin', { Origin: 'null' }],
    ['a page on another port of this machine', { Origin: 'http://127.0.0.1:3000' }],
    ['a page of another site, by what the browser says', { 'Sec-Fetch-Site': 'cross-site' }],
    ['a name that was made to point here', { Host: 'rebind.example' }],
    ['a name that only looks local', { Host: 'localhost.evil.example' }],
    ['a proxy', { 'X-Forwarded-For': '203.0.113.7' }],
    ['a proxy by the standard', { Forwarded: 'for=203.0.113.7' }],
    ['a proxy that says only that it is one', { Via: '1.1 edge' }],
    ['a proxy that ends TLS', { 'X-Forwarded-Proto': 'https' }],
    ['a tunnel', { 'CF-Connecting-IP': '203.0.113.7' }],
  ])('%s: 403', async (_who, headers) => {
    expect(await statusWith(headers)).toBe(403);
  });

  test.each<readonly [string, () => Readonly<Record<string, string>>]>([
    ['no such header', () => ({})],
    ['its own origin', () => ({ Origin: server.url })],
    ['localhost', () => ({ Host: `localhost:${server.port}` })],
    ['IPv6 loopback', () => ({ Host: `[::1]:${server.port}` })],
  ])('while the same request with %s is let in', async (_who, headers) => {
    expect(await statusWith(headers())).toBe(200);
  });
});

describe('an address that others reach', () => {
  test('is not served without being told to', async () => {
    const { code, output } = await runAgentflow(['api', '--host', '0.0.0.0', '--port', '0'], {
      directory: project.directory,
    });
    expect(code).toBe(2);
    expect(output).toContain('without "auth", only this machine can be served');
    expect(output).toContain('--insecure-no-auth');
  });

  test.each([
    ['the flag', ['--insecure-no-auth'], {}],
    ['the variable', [], { AGENTFLOW_INSECURE_NO_AUTH: '1' }],
  ])('is served where %s says so, and the start says what that means', async (_how, flags, env) => {
    const args = ['dev', '--no-reload', '--host', '0.0.0.0', ...flags];
    const open = await startAgentflow({ directory: project.directory, args, env });
    const answer = await send(`http://127.0.0.1:${open.port}/v1/threads`, {
      headers: { Origin: 'https://app.example' },
    });
    expect(answer.status).toBe(200);
    expect(open.output()).toContain('INSECURE');
    await open.stop();
  });
});
