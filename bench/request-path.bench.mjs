import { Agent, request } from 'node:http';
import { createJwtAuth, createTokenSigner, jwtAuthOptionsSchema } from '@agentflow/authentication';
import { createOwnershipAuthorization } from '@agentflow/authorization';
import {
  createHandlers,
  createMemorySignals,
  createOpenSockets,
  createPipeline,
  createThreadQueue,
  noRevocations,
  silentLog,
  systemClock,
} from '@agentflow/core';
import { createInFlight, createRouteMatcher, createSuccession, startServer } from '@agentflow/host';
import { routeList } from '@agentflow/protocol';
import { openSqlite } from '@agentflow/stores';

/*
 * What the whole path of a request costs: a request that is received, authenticated by JWT, authorized, handled (the
 * caller's thread is read from SQLite) and audited, beside a bare server of the same host that answers as many bytes. Both are asked in turn, in short rounds of random
 * order, and the ratio is taken round by round, because these machines are shared: an absolute time means nothing.
 */

const usual = { rounds: 40, requestsPerRound: 400 };

/** For a test of the bench itself. */
export const small = { rounds: 1, requestsPerRound: 64 };
const connections = 32;

const path = '/v1/threads/test-1';

const subjectNames = Array.from({ length: 100 }, (_, index) => `user-${index}`);

/** Answers everything at once, with what it was given. */
const bare = (body) => async () => ({
  status: 200,
  headers: { 'Content-Type': 'application/json; charset=utf-8' },
  body,
});

async function createWholePath() {
  const surroundings = {
    directory: '.',
    path: ['auth'],
    isLiteral: () => false,
    environment: { JWT_SECRET_KEY: 'f3b1c5d7e9a02468ace013579bdf2468f3b1c5d7e9a02468ace013579bdf2468' },
    clock: systemClock,
    strict: true,
    warn: () => undefined,
  };
  const options = jwtAuthOptionsSchema.parse({ method: 'jwt' });
  const authentication = [
    { name: 'jwt', backend: await createJwtAuth(options, surroundings), deadlineMilliseconds: 5000 },
  ];
  const backend = createOwnershipAuthorization({ method: 'ownership' });
  const authorization = [{ name: 'ownership', backend, deadlineMilliseconds: 5000 }];
  const stores = await openSqlite(':memory:', systemClock);
  const counts = { audited: 0 };
  const authority = {
    authenticate: { backends: authentication, revocations: noRevocations, log: silentLog },
    authorize: { backends: authorization, authentication, log: silentLog },
  };
  const pipeline = createPipeline({
    ...authority,
    receive: { matchRoute: createRouteMatcher(routeList), localOnly: false, maxBodyBytes: 1 << 20 },
    recheckMilliseconds: 1000,
    handlers: createHandlers({
      runtime: undefined,
      stores,
      threads: stores.threads,
      runs: stores.runs,
      memories: stores.memories,
      rules: {},
      tickets: stores.tickets,
      queue: createThreadQueue({ leases: stores.leases, log: silentLog }),
      clock: systemClock,
      log: silentLog,
      authorization,
      isServing: () => true,
    }),
    sockets: { tickets: stores.tickets, open: createOpenSockets(), limits: {} },
    audit: { write: () => (counts.audited += 1) },
    signals: createMemorySignals(),
    clock: systemClock,
  });
  const sign = createTokenSigner(options, surroundings);
  const owner = { tenant: 'default', realm: 'local' };
  for (const subject of subjectNames) await stores.threads.open({ ...owner, subject }, 'test-1');
  const tokens = await Promise.all(subjectNames.map((subject) => sign({ subject, lifetimeSeconds: 3600 })));
  return { pipeline, authority, tokens, counts };
}

function serve(snapshot) {
  return startServer({
    succession: createSuccession(snapshot),
    inFlight: createInFlight(),
    host: '127.0.0.1',
    port: 0,
    clock: systemClock,
    log: silentLog,
  });
}

function ask(agent, url, token) {
  return new Promise((resolve, reject) => {
    request(`${url}${path}`, { agent, headers: { Authorization: `Bearer ${token}` } }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () =>
        response.statusCode === 200 ? resolve(text) : reject(new Error(`${response.statusCode}`)),
      );
    })
      .on('error', reject)
      .end();
  });
}

async function timeRound(agent, url, tokens, requestsPerRound) {
  const startedAt = performance.now();
  let sent = 0;
  const worker = async () => {
    while (sent < requestsPerRound) {
      sent += 1;
      await ask(agent, url, tokens[sent % tokens.length]);
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  return performance.now() - startedAt;
}

const median = (values) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];

export async function run({ rounds, requestsPerRound } = usual) {
  const { tokens, counts, ...snapshot } = await createWholePath();
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const whole = await serve(snapshot);
  const body = await ask(agent, whole.url, tokens[0]);
  const subjects = {
    bare: await serve({ pipeline: bare(body), authority: {} }),
    'bare again': await serve({ pipeline: bare(body), authority: {} }),
    'whole path': whole,
  };
  const ratios = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]));
  for (const { url } of Object.values(subjects)) await timeRound(agent, url, tokens, requestsPerRound);
  for (let round = 0; round < rounds; round++) {
    const times = {};
    for (const name of Object.keys(subjects).toSorted(() => Math.random() - 0.5)) {
      times[name] = await timeRound(agent, subjects[name].url, tokens, requestsPerRound);
    }
    for (const name of Object.keys(subjects)) ratios[name].push(times.bare / times[name]);
  }
  const rows = Object.entries(ratios).map(([name, values]) => {
    const sorted = values.toSorted((one, other) => one - other);
    const at = (share) => Number(sorted[Math.floor(share * (sorted.length - 1))].toFixed(3));
    return { case: name, ratioToBare: Number(median(values).toFixed(3)), p10: at(0.1), p90: at(0.9) };
  });
  const text = rows.map(
    (row) => `${row.case.padEnd(12)} ${row.ratioToBare.toFixed(2)} of bare (p10 ${row.p10}, p90 ${row.p90})`,
  );
  return {
    rows,
    text: [
      `GET ${path}, ${connections} connections, client in the same process, ${rounds} rounds; ${counts.audited} audited`,
      ...text,
    ].join('\n'),
  };
}
