import { describe, expect, test } from 'vitest';
import {
  administratorEnvironment,
  createPassword,
  createPerson,
  freshAddress,
  type Person,
} from '../harness/people.js';
import { echoGraph } from '../harness/project.js';
import { type Answer, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';
import { steadyHeaders } from '../harness/steady-headers.js';

/* Security bar 45: a password that is in use is as hard to guess, from elsewhere, as one that nobody uses. */

/** So slow that none passes again while the tests run. */
const numbers = { requests: 1000, window: 86_400, burst: 300, sign_in: { attempts: 10, interval: '1h' } };
const server = serve(
  {
    ...{ agent: echoGraph, auth: ['login', 'basic', { method: 'api_key', issued: {} }], rate_limit: numbers },
    trusted_proxies: ['127.0.0.1'],
  },
  { env: administratorEnvironment },
);

const me = (
  { username, password }: Pick<Person, 'username' | 'password'>,
  address: string,
  more: Readonly<Record<string, string>> = {},
) =>
  send(`${server.url}/v1/auth/me`, {
    headers: {
      Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
      ...{ 'X-Forwarded-For': address, 'X-Forwarded-Proto': 'https', ...more },
    },
  });

const told = ({ status, headers, body }: Answer) => {
  const { metadata: _metadata, instance: _instance, ...rest } = body;
  return { status, headers: steadyHeaders(headers), rest };
};

describe('whoever guesses elsewhere, while the owner goes on', () => {
  test('is locked out for the right password as for any other', async () => {
    const owner = await createPerson(server.url, 'owner');
    const [home, elsewhere] = [freshAddress(), freshAddress()];
    expect((await me(owner, home)).status).toBe(200);
    const guess = () => me({ ...owner, password: createPassword() }, elsewhere);
    const guesses: number[] = [];
    for (let count = 0; count < 12; count += 1) guesses.push((await guess()).status);
    expect(guesses).toEqual([...Array<number>(10).fill(401), 429, 429]);
    const wrong = await guess();
    expect(told(await me(owner, elsewhere))).toEqual(told(wrong));
    expect((await me(owner, home)).status).toBe(200);
    // Its twin: where nobody has guessed, the right one is good.
    expect((await me(owner, freshAddress())).status).toBe(200);
  });

  test('reads nowhere how often the right one was used', async () => {
    const owner = await createPerson(server.url, 'busy');
    const home = freshAddress();
    for (let count = 0; count < 20; count += 1) expect((await me(owner, home)).status).toBe(200);
    // Two credentials are too many, whatever they are: nothing is tried, and nothing counted as an attempt.
    const beside = { 'X-API-Key': 'another credential' };
    const wrong = await me({ ...owner, password: createPassword() }, freshAddress(), beside);
    const right = await me(owner, freshAddress(), beside);
    expect(told(right)).toEqual(told(wrong));
    expect(right.headers.get('ratelimit')).toBe(wrong.headers.get('ratelimit'));
    expect([wrong.status, wrong.headers.get('ratelimit')]).toEqual([400, expect.stringContaining('r=299')]);
  });
});
