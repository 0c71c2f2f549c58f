import { AgentFlowClient, type Credential, type CredentialRequest, Message } from '@agentflow/client';
import { describe, expect, test } from 'vitest';
import { exampleGraph } from '../harness/project.js';
import { answerJson, serveScript } from '../harness/scripted-server.js';
import { serve } from '../harness/served.js';

/* Credentials that a function gives, one after the other. */

const hello = [Message.text_message('Hello')];

/** Gives these, one for each time that it is asked, and remembers why it was. */
function giving(...credentials: readonly (Credential | Error)[]) {
  const asked: CredentialRequest[] = [];
  const auth = async (request: CredentialRequest): Promise<Credential> => {
    asked.push(request);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const given = credentials[Math.min(asked.length, credentials.length) - 1];
    if (given instanceof Error) throw given;
    return given;
  };
  return { auth, asked };
}

describe('against a started server', () => {
  const server = serve({ agent: exampleGraph, auth: 'jwt' });
  const past = () => ({ exp: Math.floor(Date.now() / 1000) - 600 });
  /** What the client is told of its end stands over what the token says, so that it is sent. */
  const expiredToken = () =>
    ({ type: 'bearer', token: server.tokenFor('alice', past()), expiresAt: '2999-01-01T00:00:00Z' }) as const;

  test('an expired token is renewed once, whatever the request: invoke, stream, delete', async () => {
    const { auth, asked } = giving(expiredToken(), server.tokenFor('alice'));
    const client = new AgentFlowClient({ baseUrl: server.url, auth });
    const config = { thread_id: 'renewed' };
    expect((await client.invoke(hello, { config })).meta.thread_id).toBe('renewed');
    expect(asked).toEqual([{ refused: false }, { refused: true }]);
    expect((await client.deleteThread('renewed')).data.success).toBe(true);
    expect(asked).toHaveLength(2);
    const streaming = giving(expiredToken(), server.tokenFor('alice'));
    const stream = new AgentFlowClient({ baseUrl: server.url, auth: streaming.auth }).stream(hello);
    for await (const _chunk of stream);
    expect((await stream.ended).reason).toBe('completed');
    expect(streaming.asked).toHaveLength(2);
  });

  test('twenty requests at once ask for one credential, and for one more when it is refused', async () => {
    const { auth, asked } = giving(expiredToken(), server.tokenFor('alice'));
    const client = new AgentFlowClient({ baseUrl: server.url, auth });
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.me()));
    expect(answers.map(({ subject }) => subject)).toEqual(Array.from({ length: 20 }, () => 'alice'));
    expect(asked).toEqual([{ refused: false }, { refused: true }]);
  });

  test('a second refusal is told, with its code and its challenge', async () => {
    const { auth, asked } = giving('one', 'two', 'three');
    const client = new AgentFlowClient({ baseUrl: server.url, auth });
    await expect(client.me()).rejects.toMatchObject({
      ...{ name: 'AuthenticationError', status: 401, code: 'AUTH_REQUIRED', errorCode: 'AUTHENTICATION_FAILED' },
      challenges: [{ scheme: 'Bearer', parameters: { realm: 'agentflow' } }],
      requestId: expect.stringMatching(/^[\da-f-]{36}$/),
    });
    expect(asked).toHaveLength(2);
    const expired = new AgentFlowClient({ baseUrl: server.url, authToken: server.tokenFor('alice', past()) });
    await expect(expired.me()).rejects.toMatchObject({ name: 'AuthenticationError', code: 'TOKEN_EXPIRED' });
  });
});

describe('against a server that counts', () => {
  const server = serveScript();
  const accept = (...tokens: readonly string[]) =>
    server.script(({ headers }, response) => {
      const isGood = tokens.some((token) => headers.authorization === `Bearer ${token}`);
      answerJson(response, isGood ? 200 : 401, isGood ? { data: 'pong' } : { detail: 'Unauthorized' });
    });
  const make = (auth: (request: CredentialRequest) => Promise<Credential>) =>
    new AgentFlowClient({ baseUrl: server.url, auth });
  const sent = () => server.seen.map(({ headers }) => headers.authorization);

  test('the same credential again is not sent again', async () => {
    accept('good');
    const { auth, asked } = giving('bad');
    await expect(make(auth).ping()).rejects.toMatchObject({ status: 401 });
    expect([sent(), asked.length]).toEqual([['Bearer bad'], 2]);
  });

  test('a credential that cannot be renewed is sent once', async () => {
    accept('good');
    await expect(new AgentFlowClient({ baseUrl: server.url, authToken: 'bad' }).ping()).rejects.toMatchObject({
      status: 401,
    });
    expect(sent()).toEqual(['Bearer bad']);
  });

  test('a credential is kept until it is about to end', async () => {
    accept('one', 'two');
    const seconds = Date.now() / 1000;
    const { auth, asked } = giving(
      { type: 'bearer', token: 'one', expiresAt: seconds + 3600 },
      { type: 'bearer', token: 'two' },
    );
    const client = make(auth);
    await client.ping();
    await client.ping();
    expect(asked).toHaveLength(1);
    const short = giving({ type: 'bearer', token: 'one', expiresAt: new Date(Date.now() + 500) }, 'two');
    const other = make(short.auth);
    await other.ping();
    await other.ping();
    await other.ping();
    expect([sent(), short.asked]).toEqual([
      ['Bearer one', 'Bearer one', 'Bearer one', 'Bearer two', 'Bearer two'],
      [{ refused: false }, { refused: false }],
    ]);
  });

  test('a JWT says by itself when it ends', async () => {
    const jwt = (exp: number) => `e30.${Buffer.from(JSON.stringify({ exp, name: 'ü' })).toString('base64url')}.sig`;
    const ending = jwt(Date.now() / 1000 + 1);
    accept(ending, 'two');
    const { auth } = giving(ending, 'two');
    const client = make(auth);
    await client.ping();
    await client.ping();
    expect(sent()).toEqual([`Bearer ${ending}`, 'Bearer two']);
  });

  test('a refusal that comes late does not ask again for what has been renewed since', async () => {
    const { auth, asked } = giving('old', 'new');
    const late: (() => void)[] = [];
    server.script(({ path, headers }, response) => {
      const refuse = () => answerJson(response, 401, {});
      if (headers.authorization === 'Bearer new') answerJson(response, 200, { data: 'pong' });
      else if (path === '/health') late.push(refuse);
      else refuse();
    });
    const client = make(auth);
    const slow = client.request('GET /health');
    await expect.poll(() => late.length).toBe(1);
    await client.ping();
    late[0]?.();
    await slow;
    expect(asked).toHaveLength(2);
  });

  test('a function that fails is told as such, and is asked again by the next request', async () => {
    accept('good');
    const failure = new Error('the login is away');
    const { auth } = giving(failure, 'good');
    const client = make(auth);
    const both = await Promise.allSettled([client.ping(), client.ping()]);
    for (const one of both) {
      expect(one).toMatchObject({
        reason: { name: 'CredentialError', code: 'CREDENTIAL_UNAVAILABLE', cause: failure },
      });
    }
    expect(server.seen).toEqual([]);
    expect((await client.ping()).data).toBe('pong');
  });

  test('a signal ends the wait for a credential, and only for who gave it', async () => {
    accept('good');
    let give: (token: string) => void = () => {};
    const client = make(() => new Promise((resolve) => (give = resolve)));
    const controller = new AbortController();
    const leaving = client.ping({ signal: controller.signal });
    const staying = client.ping();
    controller.abort();
    await expect(leaving).rejects.toMatchObject({ name: 'AbortedError' });
    give('good');
    expect((await staying).data).toBe('pong');
    await expect(client.ping({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortedError' });
    expect(server.seen).toHaveLength(1);
  });
});
