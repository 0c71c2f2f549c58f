import { inspect } from 'node:util';
import { AgentFlowClient, AgentFlowError } from '@agentflow/client';
import { afterEach, expect, test, vi } from 'vitest';
import { type Script, serveScript } from '../harness/scripted-server.js';
import { password, playSessions } from '../harness/scripted-sessions.js';

/* A server, or what stands before it, that says back whatever it was told: none of it is in an error, or in a line for debugging. */

const server = serveScript();
afterEach(() => void vi.useRealTimers());

/** In every place from which an error takes something. */
const echo =
  (status: number): Script =>
  ({ headers, body }, response) => {
    const said = `${headers.authorization} ${String(headers['x-api-key'])} ${body}`;
    const all = body === '' ? said : `${said} ${Object.values(JSON.parse(body)).join(' ')}`;
    response.writeHead(status, {
      ...{ 'Content-Type': 'application/json', 'X-Request-Id': all },
      'WWW-Authenticate': `Bearer realm="${all.replaceAll('"', "'")}"`,
    });
    const details = [{ loc: ['body', all], msg: `is ${all}`, type: all }];
    response.end(
      JSON.stringify({ detail: all, code: all, error: { message: all, details }, metadata: { request_id: all } }),
    );
  };

const tell = (thrown: unknown) => {
  if (!(thrown instanceof AgentFlowError)) throw thrown;
  const printed = inspect(thrown, { depth: 12, showHidden: true, getters: true, maxStringLength: null });
  return `${printed}\n${thrown.stack}\n${JSON.stringify(thrown)}\n${thrown.getUserMessage()}`;
};

test.each([400, 401, 403, 409, 422, 429, 500, 503])('%i that repeats the request', async (status) => {
  const lines: string[] = [];
  const debug = (line: string) => void lines.push(line);
  const sessions = playSessions(server);
  const client = new AgentFlowClient({ baseUrl: server.url, retry: { retries: 0 }, debug });
  await client.auth.login({ username: 'ann', password });
  server.script(echo(status));
  const key = 'af_sk_live_key-that-nobody-may-read';
  const withKey = new AgentFlowClient({
    ...{ baseUrl: server.url, retry: { retries: 0 }, debug },
    auth: { type: 'header', name: 'X-API-Key', value: key },
  });
  const newPassword = 'another horse, another battery';
  const calls = [
    () => client.me(),
    () => client.auth.login({ username: 'ann', password: 'mistyped horse battery' }),
    () => client.auth.changePassword({ currentPassword: password, newPassword }),
    () => client.apiKeys.create({ name: 'mine' }),
    () => client.auth.refresh(),
    () => withKey.me(),
  ];
  const secrets = [...sessions.secrets, password, 'mistyped horse battery', newPassword, key];
  let told = 0;
  for (const call of calls) {
    const text = tell(
      await call().then(
        () => undefined,
        (thrown: unknown) => thrown,
      ),
    );
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
    told += text.includes('[secret]') ? 1 : 0;
  }
  // It was there to be found. After 401 the session is over before some of these, and there is no secret left to say.
  expect(told).toBeGreaterThanOrEqual(status === 401 ? 4 : calls.length - 1);
  expect(secrets.filter((secret) => lines.join('\n').includes(secret))).toEqual([]);
});

test.each(['{"token":"', '', '{"key": ', '{"refreshToken":"x",\n'])(
  'an answer that is no JSON from %j on',
  async (start) => {
    const secret = 'token-that-came-too-early';
    server.script((_request, response) => void response.end(`${start}${secret}`));
    const client = new AgentFlowClient({ baseUrl: server.url });
    for (const call of [
      () => client.auth.login({ username: 'ann', password }),
      () => client.apiKeys.create({ name: 'mine' }),
      () => client.apiKeys.rotate('key_1'),
    ]) {
      const text = tell(
        await call().then(
          () => undefined,
          (thrown: unknown) => thrown,
        ),
      );
      expect(text).toContain('ProtocolError');
      expect(text).not.toContain('token-that');
    }
  },
);
