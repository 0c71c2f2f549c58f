import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createJwtAuth, createTokenSigner, jwtAuthOptionsSchema } from '@agentflow/authentication';
import { casbinAuthorizationOptionsSchema, createCasbinAuthorization } from '@agentflow/authorization';
import {
  createChangeBell,
  createHandlers,
  createMemorySignals,
  createOpenSockets,
  createPipeline,
  createThreadQueue,
  silentLog,
  systemClock,
} from '@agentflow/core';
import { createInFlight, createRouteMatcher, createSuccession, startServer } from '@agentflow/host';
import { routeList } from '@agentflow/protocol';
import { openSqlite } from '@agentflow/stores';

/*
 * How soon a stream ends once the right to it has: from the cause, whatever it is, to the last chunk at the reader. And what it costs
 * to go on asking, for streams that say nothing: the share of a processor, with looks each half second and with hardly any.
 */

const usual = { rounds: 5, streamsPerRound: 8, openStreams: 200, idleSeconds: 5 };

/** For a test of the bench itself. */
export const small = { rounds: 1, streamsPerRound: 2, openStreams: 4, idleSeconds: 0.2 };

const secret = 'f3b1c5d7e9a02468ace013579bdf2468f3b1c5d7e9a02468ace013579bdf2468';
const rules = 'p, user, graph, *\n';

/** Tells a step each ten milliseconds, or nothing, until it is ended. */
const endlessRuntime = {
  engine: 'bench',
  ...{ tools: [], canPause: false, checkInput: () => undefined, readQuestions: async () => [] },
  readState: async () => null,
  async *run({ signal, messages }) {
    const isSilent = JSON.stringify(messages).includes('silence');
    for (let step = 1; !signal.aborted; step += 1) {
      await sleep(isSilent ? 3_600_000 : 10, undefined, { signal }).catch(() => undefined);
      if (!isSilent) yield { kind: 'node', node: 'work', step };
    }
    signal.throwIfAborted();
  },
};

function surroundingsIn(directory, stores, changed) {
  return {
    ...{ directory, path: ['auth'], clock: systemClock, log: silentLog, strict: true, isTrial: false, isReload: false },
    environment: { JWT_SECRET_KEY: secret },
    isLiteral: () => false,
    warn: () => undefined,
    announce: () => undefined,
    openStores: async () => stores,
    changed,
  };
}

/** A server whose rights the bench takes away; `policy` is a file's name, or "database". */
async function serve({ recheckMilliseconds = 1000, policy = 'policy.csv' } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'agentflow-bench-'));
  const file = join(directory, 'agentflow.db');
  const stores = await openSqlite(file, systemClock);
  const bell = createChangeBell();
  const surroundings = surroundingsIn(directory, stores, () => bell.ring());
  writeFileSync(join(directory, 'policy.csv'), rules);
  const jwt = jwtAuthOptionsSchema.parse({ method: 'jwt', clock_tolerance: '0s' });
  const seed = policy === 'database' ? { seed: 'policy.csv' } : {};
  const casbin = casbinAuthorizationOptionsSchema.parse({ method: 'casbin', policy, ...seed });
  const authentication = [{ name: 'jwt', backend: await createJwtAuth(jwt, surroundings), deadlineMilliseconds: 5000 }];
  const authorization = [
    { name: 'casbin', backend: await createCasbinAuthorization(casbin, surroundings), deadlineMilliseconds: 5000 },
  ];
  const revoked = new Set();
  const revocations = { isRevoked: ({ principal }) => revoked.has(principal.subject) };
  const authority = {
    onChange: (listener) => bell.listen(listener),
    authenticate: { backends: authentication, revocations, log: silentLog },
    authorize: { backends: authorization, authentication, log: silentLog },
  };
  const pipeline = createPipeline({
    ...authority,
    receive: { matchRoute: createRouteMatcher(routeList), localOnly: false, maxBodyBytes: 1 << 20 },
    recheckMilliseconds,
    handlers: createHandlers({
      ...{ runtime: endlessRuntime, stores, threads: stores.threads, runs: stores.runs, memories: stores.memories },
      ...{ remoteTools: stores.remoteTools, remoteToolsOfFile: [], tickets: stores.tickets },
      ...{ grants: stores.grants, guarded: new Set(), streamBufferBytes: 1 << 20, signals: createMemorySignals() },
      enterRun: () => () => undefined,
      queue: createThreadQueue({ leases: stores.leases, log: silentLog }),
      ...{ clock: systemClock, log: silentLog, authorization, isServing: () => true, rules: {} },
    }),
    sockets: { tickets: stores.tickets, open: createOpenSockets(), limits: {} },
    ...{ audit: { write: () => undefined }, signals: createMemorySignals(), clock: systemClock },
  });
  const succession = createSuccession({ pipeline, authority });
  const server = await startServer({
    ...{ succession, inFlight: createInFlight(), host: '127.0.0.1', port: 0, clock: systemClock, log: silentLog },
    audit: { write: () => undefined },
  });
  const sign = createTokenSigner(jwt, surroundings);
  return {
    ...{ url: server.url, directory, file, revoked, bell, succession, pipeline, authority },
    sign: (lifetimeSeconds = 3600) => sign({ subject: 'alice', roles: ['user'], lifetimeSeconds }),
    async stop() {
      await server.stop(0);
      for (const { backend } of [...authentication, ...authorization]) await backend.close();
      await stores.close();
      rmSync(directory, { recursive: true });
    },
  };
}

/** Resolves, once it has begun, with when it ends and by what. */
function openStream(url, token, text, thread) {
  return new Promise((resolve, reject) => {
    const body = {
      messages: [{ role: 'user', content: text }],
      config: { thread_id: thread },
      response_granularity: 'full',
    };
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
    const asked = request(`${url}/v1/graph/stream`, { method: 'POST', headers, agent: false }, (response) => {
      let last = '';
      response.setEncoding('utf8');
      const ended = new Promise((end) => {
        response.on('data', (text) => (last = (last + text).slice(-4000)));
        response.on('close', () => end({ at: Date.now(), code: /"code":"(\w+)"/.exec(last)?.[1] ?? 'none' }));
      });
      response.once('data', () =>
        response.statusCode === 200 ? resolve({ ended, leave: () => asked.destroy() }) : reject(new Error(last)),
      );
    });
    asked.on('error', reject);
    asked.end(JSON.stringify(body));
  });
}

const replaceRules = ({ directory }, text) => {
  writeFileSync(join(directory, 'next.csv'), text);
  renameSync(join(directory, 'next.csv'), join(directory, 'policy.csv'));
};

/** Each takes the right away and says since when it is gone. */
const causes = {
  'a token that expires': {
    lifetimeSeconds: 2,
    end: async (_server, { expiresAt }) => {
      await sleep(Math.max(0, expiresAt - Date.now()));
      return expiresAt;
    },
  },
  'a revocation that is told': {
    end: ({ revoked, bell }) => {
      revoked.add('alice');
      bell.ring();
    },
  },
  'a revocation that is found': { end: ({ revoked }) => void revoked.add('alice') },
  'another configuration': {
    end({ succession, pipeline, authority }) {
      const authenticate = { ...authority.authenticate, revocations: { isRevoked: () => true } };
      void succession.succeed({ pipeline, authority: { ...authority, authenticate } });
    },
  },
  'a policy in a file': { end: (server) => replaceRules(server, 'p, nobody, graph, *\n') },
  'a policy in the database, changed elsewhere': {
    policy: 'database',
    async end({ file, directory }) {
      const stores = await openSqlite(file, systemClock);
      const options = casbinAuthorizationOptionsSchema.parse({
        method: 'casbin',
        policy: 'database',
        seed: 'policy.csv',
      });
      const elsewhere = await createCasbinAuthorization(
        options,
        surroundingsIn(directory, stores, () => undefined),
      );
      const startedAt = Date.now();
      await elsewhere.livePolicy.change({ add: [['p', 'user', 'graph', '*', 'deny']], remove: [], author: null });
      await elsewhere.close();
      await stores.close();
      return startedAt;
    },
  },
};

async function timeCause({ lifetimeSeconds, policy, end }, streamsPerRound) {
  const server = await serve({ policy });
  const expiresAt = (Math.floor(Date.now() / 1000) + (lifetimeSeconds ?? 0)) * 1000;
  const token = await server.sign(lifetimeSeconds);
  const streams = [];
  for (let index = 0; index < streamsPerRound; index += 1) {
    streams.push(await openStream(server.url, token, 'go on', `thread-${index}`));
    // So that they do not all look at the same time.
    await sleep(Math.random() * 60);
  }
  const startedAt = Date.now();
  const since = (await end(server, { expiresAt })) ?? startedAt;
  const ends = await Promise.all(streams.map(({ ended }) => ended));
  await server.stop();
  return ends.map(({ at, code }) => ({ milliseconds: at - since, code }));
}

async function shareOfProcessor(recheckMilliseconds, { openStreams, idleSeconds }) {
  const server = await serve({ recheckMilliseconds });
  const token = await server.sign();
  const streams = [];
  for (let index = 0; index < openStreams; index += 1) {
    streams.push(await openStream(server.url, token, 'silence', `thread-${index}`));
  }
  await sleep(200);
  const [before, startedAt] = [process.cpuUsage(), performance.now()];
  await sleep(idleSeconds * 1000);
  const { user, system } = process.cpuUsage(before);
  const share = (user + system) / 1000 / (performance.now() - startedAt);
  for (const { leave } of streams) leave();
  await server.stop();
  return share;
}

export async function run(options = usual) {
  const { rounds, streamsPerRound } = options;
  const rows = [];
  for (const [name, cause] of Object.entries(causes)) {
    const ends = [];
    for (let round = 0; round < rounds; round += 1) ends.push(...(await timeCause(cause, streamsPerRound)));
    const sorted = ends.map(({ milliseconds }) => milliseconds).toSorted((one, other) => one - other);
    const codes = [...new Set(ends.map(({ code }) => code))];
    rows.push({ case: name, ends: ends.length, codes, p50: sorted[Math.floor(sorted.length / 2)], max: sorted.at(-1) });
  }
  const often = await shareOfProcessor(1000, options);
  const seldom = await shareOfProcessor(60_000, options);
  rows.push({ case: 'looks', openStreams: options.openStreams, often, seldom });
  const percent = (share) => `${(share * 100).toFixed(1)} %`;
  const text = [
    ...rows
      .slice(0, -1)
      .map(
        (row) =>
          `${row.case.padEnd(44)} p50 ${row.p50} ms, max ${row.max} ms (${row.ends} ends, ${row.codes.join(', ')})`,
      ),
    `${options.openStreams} silent streams: ${percent(often)} of a processor with recheck_interval 1s, ${percent(seldom)} with 60s`,
  ];
  return { rows, text: text.join('\n') };
}
