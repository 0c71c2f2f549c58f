import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from '../harness/project.js';
import { apiKeyAuth } from './guide-plugins.js';

/*
 * What somebody does in the first minutes, with nothing but Node, npm and curl: from a fresh clone, in this order.
 * Each step goes on where the one before has left off.
 */

const installMilliseconds = 240_000;

let clone: string;

beforeAll(() => {
  clone = mkdtempSync(join(tmpdir(), 'agentflow-newcomer-'));
  // What a clone would hold if everything were committed: the test must see what is being worked on.
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: root });
  for (const file of files.toString().split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(clone, file)), { recursive: true });
    cpSync(join(root, file), join(clone, file));
  }
});

afterAll(() => rmSync(clone, { recursive: true, force: true }));

/** Starts something that goes on until the test ends it, as Ctrl-C would. */
function start(command: string, args: readonly string[], env: Readonly<Record<string, string>>) {
  const { JWT_SECRET_KEY: _1, JWT_SECRET: _2, MODE: _3, ...inherited } = process.env;
  const child = spawn(command, args, { cwd: clone, env: { ...inherited, NO_COLOR: '1', ...env }, detached: true });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const waitFor = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(text);
        if (found) resolve(found[0]);
      };
      child.stdout.on('data', look);
      look();
      void ended.then((code) => reject(new Error(`ended with ${code} before it printed ${pattern}:\n${text}`)));
    });
  const interrupt = () => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
    return ended;
  };
  return { ended, waitFor, interrupt, output: () => text };
}

/** A line typed into a shell. */
function shell(line: string): string {
  return execFileSync('sh', ['-c', line], { cwd: clone, encoding: 'utf8' });
}

/** The body of an answer, and its status behind it. */
function curl(line: string): { status: number; body: { data?: unknown; detail?: string } } {
  const output = shell(`${line} -w '\\n%{http_code}'`);
  const end = output.lastIndexOf('\n');
  return { status: Number(output.slice(end + 1)), body: JSON.parse(output.slice(0, end)) };
}

test('npm start serves, and the curl that it prints answers with what a tool has said', {
  timeout: installMilliseconds,
}, async () => {
  const server = start('npm', ['start'], { PORT: '0' });
  const line = await server.waitFor(/^curl .*$/m);
  const { status, body } = curl(line);
  expect(status).toBe(200);
  const { messages } = body.data as { messages: { role: string; content: { type: string; output?: string }[] }[] };
  expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant']);
  expect(messages[2]?.content[0]).toMatchObject({ type: 'tool_result', output: 'You are demo.' });

  const without = curl(line.replace(/-H "Authorization: [^"]*"/, ''));
  expect(without).toMatchObject({ status: 401, body: { detail: 'Unauthorized' } });
  await server.interrupt();
});

test("the guide's ApiKeyAuth in a new folder refuses and lets in", { timeout: 60_000 }, async () => {
  mkdirSync(join(clone, 'my-agent/graph'), { recursive: true });
  writeFileSync(join(clone, 'my-agent/graph/auth.ts'), apiKeyAuth);
  writeFileSync(
    join(clone, 'my-agent/agentflow.json'),
    '{\n  "agent": "../examples/react/graph.ts:app",\n  "auth": { "method": "custom", "path": "graph.auth:ApiKeyAuth" },\n  "env": ".env"\n}\n',
  );
  writeFileSync(join(clone, 'my-agent/.env'), 'VALID_API_KEYS=secret-key-123,other-key-456\n');

  const server = start('npx', ['agentflow', 'api', '--config', 'my-agent/agentflow.json', '--port', '0'], {});
  const url = await server.waitFor(/http:\/\/127\.0\.0\.1:\d+/);
  const ask = `curl -s ${url}/v1/graph/invoke -H "Content-Type: application/json" -d '{"messages": [{"role": "user", "content": "Hello"}], "config": {"thread_id": "test-1"}}'`;

  expect(curl(ask)).toMatchObject({ status: 401, body: { detail: 'Unauthorized' } });
  expect(curl(`${ask} -H "X-API-Key: wrong"`).status).toBe(401);
  const good = curl(`${ask} -H "X-API-Key: secret-key-123"`);
  expect(good.status).toBe(200);
  expect(JSON.stringify(good.body)).toContain('You are api-key-user, with the roles api-user.');
  // The guide's plugin hands the raw key to the graph; here it goes no further.
  expect(JSON.stringify(good.body)).not.toContain('secret-key-123');
  const me = shell(`curl -s ${url}/v1/auth/me -H "X-API-Key: secret-key-123"`);
  expect(JSON.parse(me)).toMatchObject({ user_id: 'api-key-user', roles: ['api-user'], claims: {} });
  await server.interrupt();
});

test('a broken configuration is refused with its place and the remedy', { timeout: 60_000 }, async () => {
  writeFileSync(
    join(clone, 'my-agent/agentflow.json'),
    '{\n  "agent": "../examples/react/graph.ts:app",\n  "authorisation": "ownership"\n}\n',
  );
  const server = start('npx', ['agentflow', 'api', '--config', 'my-agent/agentflow.json'], {});
  expect(await server.ended).toBe(2);
  expect(server.output()).toContain('my-agent/agentflow.json:3:3');
  expect(server.output()).toContain('Did you mean "authorization"?');
});
