import { createHmac, randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { apiKeyAuthOptionsSchema, createApiKeyAuth, createIssuedKeys } from '@agentflow/authentication';
import { createPeppers, createPrincipal, createRevocations, Secret, silentLog, systemClock } from '@agentflow/core';
import { openSqlite } from '@agentflow/stores';
import { serve } from './served/serve.mjs';
import { rankSumP } from './statistics/rank-sum.mjs';

/*
 * Whether keys that are no good can be told apart by how long they are refused: unknown, known with another secret, revoked, ended. Each
 * kind is tried in turn with the others, so that a busy machine is busy for all. And, for comparison, what cannot be a key at all, which
 * is meant to be told apart: nothing is done for it.
 *
 * Once as a caller sees it, over HTTP, and once in this process, by the nanosecond: there, what nobody could see over any wire shows as well,
 * such as that a row with one number more takes a tenth of a microsecond longer to read.
 */

const usual = { tries: 10_000, triesOverHttp: 1_000 };

/** For a test of the bench itself. */
export const small = { tries: 40, triesOverHttp: 10 };

const none = { expiresAt: undefined, scopes: undefined, roles: undefined, rate: undefined, quota: undefined };

async function makeKeys() {
  let now = systemClock.now();
  const clock = { now: () => now };
  const stores = await openSqlite(':memory:', clock);
  const revocations = createRevocations({ open: async () => stores, clock, log: silentLog });
  await revocations.start();
  const peppers = createPeppers(new Secret('6f1c29a8e4d05b7398fa42c1d60e8b57'), []);
  const surroundings = {
    ...{ directory: '.', path: ['auth'], environment: {}, isLiteral: () => false, clock, log: silentLog },
    ...{ strict: true, isTrial: true, isReload: false, revocations },
    warn: () => undefined,
    announce: () => undefined,
    openStores: async () => stores,
    obtainPeppers: () => peppers,
  };
  const options = apiKeyAuthOptionsSchema.parse({ method: 'api_key', issued: true });
  const { backend, apiKeys } = createApiKeyAuth(options, surroundings, undefined, {
    createIssued: (findConfigured) => createIssuedKeys(options.issued, { surroundings, findConfigured }),
  });
  const by = { principal: createPrincipal({ realm: 'bench', subject: 'alice' }), credentialId: undefined };
  const issue = (more = {}) => apiKeys.issue(by, { name: 'bench', ...none, ...more });
  const [good, revoked, ended] = [await issue(), await issue(), await issue({ expiresAt: now + 60_000 })];
  await apiKeys.revoke(revoked.stored.id, revoked.stored.owner);
  // Keys of another server have good checksums, and ids that are not here.
  const elsewhere = await openSqlite(':memory:', clock);
  const others = createIssuedKeys(options.issued, {
    surroundings: { ...surroundings, openStores: async () => elsewhere },
    findConfigured: () => undefined,
  });
  const unknown = await others.issuer.issue(by, { name: 'bench', ...none });
  now += 60_000;
  const wrong = withSecretOf(good.key, unknown.key);
  const keys = { unknown: unknown.key, wrong, revoked: revoked.key, ended: ended.key, none: `${good.key}x` };
  const close = async () => {
    await Promise.all([backend.close(), others.close()]);
    revocations.close();
  };
  return { backend, keys, close };
}

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The id of one, the secret of the other, and the checksum of both. */
function withSecretOf(one, other) {
  const body = `${one.slice(0, -38)}${other.slice(-38, -6)}`;
  let rest = 0xff_ff_ff_ff;
  for (const letter of Buffer.from(body)) {
    rest ^= letter;
    for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? (rest >>> 1) ^ 0xed_b8_83_20 : rest >>> 1;
  }
  let value = (rest ^ 0xff_ff_ff_ff) >>> 0;
  let checksum = '';
  for (let place = 0; place < 6; place += 1) {
    checksum = digits[value % 62] + checksum;
    value = Math.floor(value / 62);
  }
  return `${body}${checksum}`;
}

/** A token of somebody, by the secret that the server has. */
function tokenBy(secret) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(systemClock.now() / 1000);
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: 'alice', iat: now, exp: now + 600 })}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

async function serveKeys() {
  const secret = randomBytes(32).toString('hex');
  const wide = { requests_per_minute: 10_000_000, burst: 1_000_000 };
  const configuration = { auth: ['jwt', { method: 'api_key', issued: true }], rate_limit: wide };
  const server = await serve(configuration, {
    ...{ JWT_SECRET_KEY: secret, AGENTFLOW_PEPPER: randomBytes(32).toString('hex') },
  });
  const headers = { Authorization: `Bearer ${tokenBy(secret)}`, 'Content-Type': 'application/json' };
  const ask = (path, options) => fetch(`${server.url}${path}`, { headers, ...options });
  const issue = async () => {
    const body = JSON.stringify({ name: 'bench' });
    const answer = await ask('/v1/api-keys', { method: 'POST', body });
    if (!answer.ok) throw new Error(`no key was made: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const revoke = ({ id }) => ask(`/v1/api-keys/${id}`, { method: 'DELETE' });
  /** With no overlap, another takes its place at once. */
  const end = ({ id }) => ask(`/v1/api-keys/${id}/rotate`, { method: 'POST', body: JSON.stringify({ overlap: '0s' }) });
  return { ...server, issue, revoke, end };
}

/** In milliseconds, on one connection, in turn. */
async function timeOverHttp(tries) {
  const [server, other] = await Promise.all([serveKeys(), serveKeys()]);
  try {
    const [good, revoked, ended, unknown] = [
      ...[await server.issue(), await server.issue(), await server.issue(), await other.issue()],
    ];
    const done = [await server.revoke(revoked), await server.end(ended)];
    if (!done.every(({ ok }) => ok)) throw new Error(done.map(({ status }) => status).join());
    const wrong = withSecretOf(good.key, unknown.key);
    const keys = { unknown: unknown.key, wrong, revoked: revoked.key, ended: ended.key };
    const kinds = Object.keys(keys);
    const times = Object.fromEntries(kinds.map((kind) => [kind, []]));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let round = -Math.ceil(tries / 10); round < tries; round += 1) {
      for (const kind of kinds.toSorted(() => Math.random() - 0.5)) {
        const { status, took } = await timeOne(agent, server.url, keys[kind]);
        if (status !== 401) throw new Error(`${kind} was ${status}`);
        if (round >= 0) times[kind].push(took);
      }
    }
    agent.destroy();
    return times;
  } finally {
    await Promise.all([server.stop(), other.stop()]);
  }
}

function timeOne(agent, url, key) {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    request(`${url}/v1/auth/me`, { agent, headers: { 'X-API-Key': key } }, (response) => {
      response.resume().on('end', () => resolve({ status: response.statusCode, took: performance.now() - began }));
    })
      .on('error', reject)
      .end();
  });
}

/** Each two of the kinds that are refused. */
function pairsOf(times) {
  const refused = Object.keys(times).filter((kind) => kind !== 'none');
  return refused.flatMap((one, index) =>
    refused.slice(index + 1).map((other) => ({ one, other, p: rankSumP(times[one], times[other]) })),
  );
}

export async function run({ tries, triesOverHttp } = usual) {
  const overHttp = await timeOverHttp(triesOverHttp);

  const { backend, keys, close } = await makeKeys();
  const kinds = Object.keys(keys);
  const times = Object.fromEntries(kinds.map((kind) => [kind, []]));
  const requests = Object.fromEntries(
    kinds.map((kind) => [kind, { headers: new Headers({ 'X-API-Key': keys[kind] }) }]),
  );
  for (let round = -tries / 10; round < tries; round += 1) {
    // None of them always comes after the same other.
    for (const kind of kinds.toSorted(() => Math.random() - 0.5)) {
      const began = process.hrtime.bigint();
      const { kind: answer } = await backend.authenticate(requests[kind], {}, null);
      const took = Number(process.hrtime.bigint() - began) / 1000;
      if (answer !== 'rejected') throw new Error(`${kind} was ${answer}`);
      if (round >= 0) times[kind].push(took);
    }
  }
  await close();
  const rows = pairsOf(times);
  const rowsOverHttp = pairsOf(overHttp);
  const control = { one: 'unknown', other: 'none', p: rankSumP(times.unknown, times.none) };
  const medians = Object.fromEntries(kinds.map((kind) => [kind, round1(median(times[kind]))]));
  const mediansOverHttp = Object.fromEntries(
    Object.keys(overHttp).map((kind) => [kind, round1(1000 * median(overHttp[kind]))]),
  );
  const text = [
    `over HTTP, ${triesOverHttp} tries of each, in turn; the two-sided p of the rank-sum test: small, where two can be told apart`,
    ...textOf({ medians: mediansOverHttp, rows: rowsOverHttp }),
    `in this process, ${tries} of each`,
    ...textOf({ medians, rows, control }),
  ].join('\n');
  return { tries, medians, rows, rowsOverHttp, control, text };
}

function median(values) {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
}

function round1(value) {
  return Math.round(value * 10) / 10;
}

function textOf({ medians, rows, control }) {
  const line = ({ one, other, p }) => `  ${one.padEnd(8)} ${other.padEnd(8)} p = ${p.toFixed(4)}`;
  const told = Object.entries(medians).map(([kind, value]) => `${kind} ${value}`);
  return [
    ...rows.map(line),
    ...(control === undefined ? [] : [`${line(control)}  (what cannot be a key: meant to be told apart)`]),
    `  medians in µs: ${told.join(', ')}`,
  ];
}
