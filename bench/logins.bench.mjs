import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from './served/serve.mjs';

/*
 * What a flood of sign-ins does to everybody else: whether health and token routes go on answering, and how late the event loop is, before it
 * and in the middle of it. Hashing a password is slow by design: only so many go on at once, and the rest is refused at once.
 */

const usual = { logins: 2_000, quietSeconds: 3 };

/** For a test of the bench itself. */
export const small = { logins: 60, quietSeconds: 0.3 };

const password = 'a long and unusual password of the bench';
const unlimited = { requests_per_minute: 10_000_000, burst: 1_000_000, sign_in: { attempts: 1_000_000 } };

function send(url, path, { body, token, agent }) {
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, url), {
      agent,
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      },
    });
    sent.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, text, milliseconds: performance.now() - begun }));
    });
    sent.on('error', reject);
    sent.end(body && JSON.stringify(body));
  });
}

const quantile = (sorted, share) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

/** Asks both routes every ten milliseconds, on a connection of its own, until it is told to end. */
function probeUntil(server, token, ended) {
  const agent = new Agent({ keepAlive: true });
  const answers = { health: [], me: [] };
  const ask = async (name, path, options) => {
    while (!ended.aborted) {
      answers[name].push(await send(server.url, path, { agent, ...options }));
      await sleep(10);
    }
  };
  return Promise.all([ask('health', '/health', {}), ask('me', '/v1/auth/me', { token })]).then(() => {
    agent.destroy();
    return answers;
  });
}

function summarize(answers) {
  return Object.fromEntries(
    Object.entries(answers).map(([name, all]) => {
      const times = all.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
      const refused = all.filter(({ status }) => status !== 200).length;
      return [name, { asked: all.length, refused, p50: quantile(times, 0.5), p99: quantile(times, 0.99) }];
    }),
  );
}

function countBy(values) {
  const counts = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

/** The right password, a wrong one, and nobody's name, in turns. */
function credentialsOf(index) {
  if (index % 3 === 0) return { username: 'alice', password };
  return { username: index % 3 === 1 ? 'alice' : `nobody-${index}`, password: `${password} ${index}` };
}

async function measure(server, token, work) {
  const ending = new AbortController();
  const { delay, result } = await server.delayDuring(async () => {
    const probing = probeUntil(server, token, ending.signal);
    const done = await work();
    ending.abort();
    return { done, answers: await probing };
  });
  return { delay, done: result.done, ...summarize(result.answers) };
}

export async function run({ logins, quietSeconds } = usual) {
  const server = await serve({ auth: ['login'], rate_limit: unlimited });
  try {
    server.command(['users', 'add', 'alice', '--role', 'user', '--password-stdin'], `${password}\n`);
    const first = await send(server.url, '/v1/auth/login', { body: { username: 'alice', password } });
    const { token } = JSON.parse(first.text);
    const quiet = await measure(server, token, () => sleep(quietSeconds * 1000));
    const agent = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY });
    const flood = await measure(server, token, () =>
      Promise.all(
        Array.from({ length: logins }, (_none, index) =>
          send(server.url, '/v1/auth/login', { agent, body: credentialsOf(index) }).catch(() => ({ status: 'broken' })),
        ),
      ),
    );
    const rows = [
      { case: 'quiet', ...quiet, done: undefined },
      { case: `${logins} sign-ins at once`, ...flood, done: countBy(flood.done.map(({ status }) => status)) },
    ];
    return { rows, text: rows.map(describe).join('\n') };
  } finally {
    await server.stop();
  }
}

const tell = (milliseconds) => milliseconds.toFixed(1).padStart(7);

function describe({ case: name, delay, health, me, done }) {
  const of = (label, { asked, refused, p50, p99 }) =>
    `  ${label.padEnd(14)} ${tell(p50)} ${tell(p99)} ms (p50, p99), ${asked} asked, ${refused} refused`;
  return [
    `${name}${done === undefined ? '' : `, answered ${JSON.stringify(done)}`}`,
    `  ${'event loop'.padEnd(14)} ${tell(delay.p50)} ${tell(delay.p99)} ${tell(delay.max)} ms late (p50, p99, max)`,
    of('GET /health', health),
    of('with a token', me),
  ].join('\n');
}
