import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningAgentflow, runAgentflow, startAgentflow } from '../harness/agentflow.js';
import { createProject, createSecret, type Project, root } from '../harness/project.js';
import { lastText, say, send } from '../harness/requests.js';
import { inSeconds, signToken } from '../harness/tokens.js';

/** The guide's own, which everybody knows: a warning on a laptop, a refusal for strangers. */
const guideSecret = 'your-super-secret-key-at-least-32-characters-long-like-this';

let project: Project;
let server: RunningAgentflow;

beforeAll(async () => {
  project = createProject({
    'graph/react.ts': `export { app } from '${join(root, 'examples/react/graph.ts')}';\n`,
    'agentflow.json': { agent: 'graph.react:app', auth: 'jwt', env: '.env' },
    '.env': `JWT_SECRET_KEY=${guideSecret}\nJWT_ALGORITHM=HS256\n`,
  });
  server = await startAgentflow({ directory: project.directory });
});

afterAll(async () => {
  await server.stop();
  project.remove();
});

/** The guide's request, as typed there. */
function curl(url: string, token?: string): { status: number; headers: string; body: Record<string, unknown> } {
  const output = execFileSync(
    'curl',
    [
      ...['-s', '-i', '-X', 'POST', `${url}/v1/graph/invoke`],
      ...(token === undefined ? [] : ['-H', `Authorization: Bearer ${token}`]),
      ...['-H', 'Content-Type: application/json'],
      ...['-d', '{"messages": [{"role": "user", "content": "Hello"}],"config": {"thread_id": "test-1"}}'],
    ],
    { encoding: 'utf8' },
  );
  const [headers = '', body = ''] = output.split('\r\n\r\n');
  return { status: Number(headers.split(' ')[1]), headers, body: JSON.parse(body) };
}

const alice = { sub: 'user-123', name: 'Alice', role: 'user' };

describe("the guide's conversation with curl", () => {
  test('without a token: 401, its body, and a challenge without error', () => {
    const { status, headers, body } = curl(server.url);
    expect(status).toBe(401);
    expect(body['detail']).toBe('Unauthorized');
    expect(body).toMatchObject({ code: 'AUTH_REQUIRED', error: { code: 'AUTH_REQUIRED' }, status: 401 });
    expect(headers).toMatch(/^WWW-Authenticate: Bearer realm="agentflow"\r?$/im);
  });

  test('with a token as the guide makes it: 200, and the graph knows who asks', () => {
    const { status, body } = curl(server.url, signToken({ ...alice, exp: inSeconds(3600) }, guideSecret));
    expect(status).toBe(200);
    expect(JSON.stringify(body)).toContain('You are user-123, with the roles user.');
  });

  test('with a token that the command line mints: 200', async () => {
    const minted = await runAgentflow(['token', '--user', 'user-123', '--role', 'user'], project);
    expect(minted.code).toBe(0);
    const token = minted.output.split('\n').find((line) => line.startsWith('ey')) ?? '';
    expect(curl(server.url, token).status).toBe(200);
    const inspected = await runAgentflow(['token', 'inspect', token], project);
    expect(inspected.code).toBe(0);
    expect(inspected.output).toContain('accepted  as user-123, roles [user]');
  });

  test('with an expired token: 401 that says so, and the command line says why', async () => {
    const token = signToken({ ...alice, exp: inSeconds(-3600) }, guideSecret);
    const { status, headers, body } = curl(server.url, token);
    expect(status).toBe(401);
    expect(body).toMatchObject({ detail: 'Unauthorized', code: 'TOKEN_EXPIRED' });
    expect(headers).toMatch(/error="invalid_token", error_description="The token has expired"/);
    const inspected = await runAgentflow(['token', 'inspect', token], project);
    expect(inspected.code).toBe(3);
    expect(inspected.output).toContain('refused   the token has expired');
  });

  test('with an expired token of another secret: 401 that says nothing about time', () => {
    const { status, body } = curl(server.url, signToken({ ...alice, exp: inSeconds(-3600) }, createSecret()));
    expect(status).toBe(401);
    expect(body['code']).toBe('AUTH_REQUIRED');
  });

  test('after the secret has changed: 401 for the old token, 200 for a new one', async () => {
    const secret = createSecret();
    const other = createProject({
      'agentflow.json': { agent: `${join(root, 'examples/react/graph.ts')}:app`, auth: 'jwt' },
    });
    const changed = await startAgentflow({ directory: other.directory, env: { JWT_SECRET_KEY: secret } });
    expect(curl(changed.url, signToken({ ...alice, exp: inSeconds(3600) }, guideSecret)).status).toBe(401);
    expect(curl(changed.url, signToken({ ...alice, exp: inSeconds(3600) }, secret)).status).toBe(200);
    expect(await changed.stop()).toBe(0);
    other.remove();
  });

  test("the guide's secret is warned about on a laptop, and refused where strangers come", async () => {
    const check = await runAgentflow(['check'], project);
    expect(check).toMatchObject({ code: 0 });
    expect(check.output).toContain('is a placeholder from a guide');
    const open = await runAgentflow(['check', '--host', '0.0.0.0'], project);
    expect(open).toMatchObject({ code: 2 });
    expect(open.output).not.toContain(guideSecret);
  });
});

describe('what may be said in two ways', () => {
  const bySub = () => signToken({ sub: 'carol', exp: inSeconds(3600) }, guideSecret);
  const byUserId = () => signToken({ user_id: 'carol', exp: inSeconds(3600) }, guideSecret);

  test('sub and user_id name the same principal, and so the same threads', async () => {
    const first = await send(`${server.url}/v1/graph/invoke`, { token: bySub(), body: say('Who am I?', 'two-names') });
    const second = await send(`${server.url}/v1/graph/invoke`, {
      token: byUserId(),
      body: say('Who am I?', 'two-names'),
    });
    expect(first.body.data.meta).toMatchObject({ is_new_thread: true, thread_id: 'two-names' });
    expect(second.body.data.meta).toMatchObject({ is_new_thread: false, thread_id: 'two-names' });
    expect(lastText(second)).toBe('You are carol.');
  });

  test('content is a text or a list of blocks', async () => {
    const blocks = {
      messages: [{ role: 'user', content: [{ type: 'text', text: 'What is 6 * 7?' }], message_id: '0' }],
    };
    const asBlocks = await send(`${server.url}/v1/graph/invoke`, { token: bySub(), body: blocks });
    const asText = await send(`${server.url}/v1/graph/invoke`, { token: bySub(), body: say('What is 6 * 7?') });
    expect(lastText(asBlocks)).toBe('6 * 7 = 42.');
    expect(lastText(asText)).toBe('6 * 7 = 42.');
    expect(asBlocks.body.data.messages[0].content).toEqual(asText.body.data.messages[0].content);
    expect(asBlocks.body.data.messages[0].message_id).not.toBe('0');
  });

  test('who asks cannot be forged from the body', async () => {
    const forged = {
      user: { user_id: 'root' },
      user_id: 'root',
      configurable: { user: { user_id: 'root' }, user_id: 'root' },
    };
    const body = { ...say('Who am I?'), config: forged, initial_state: null };
    const answer = await send(`${server.url}/v1/graph/invoke`, { token: bySub(), body });
    expect(answer.status).toBe(200);
    expect(lastText(answer)).toBe('You are carol.');
  });
});
