import { fileURLToPath } from 'node:url';
import { createTokenSigner, jwtAuthOptionsSchema } from '@agentflow/authentication';
import { silentLog, systemClock } from '@agentflow/core';
import { DatabaseSync } from '@photostructure/sqlite';
import { load } from './served/load.mjs';
import { serve, startProbed } from './served/serve.mjs';

/*
 * What the whole path of a request costs: the program itself, by its command, reads the caller's thread from SQLite for whoever has a JWT, may do it
 * by a Casbin policy of 10,000 rules and is within their limits; it logs that and writes it to the audit trail. Beside it Koa, which answers as many
 * bytes and does nothing, and the program without limits. Each is a process of its own. All are asked in turn, in short rounds of random
 * order, and the ratio is taken round by round from the processor's time, because these machines are shared: an absolute time means nothing.
 */

const usual = { rounds: 40, requestsPerRound: 640, users: 1000 };

/** For a test of the bench itself. */
export const small = { rounds: 1, requestsPerRound: 64, users: 10 };

const rules = 10_000;
const secret = 'f3b1c5d7e9a02468ace013579bdf2468f3b1c5d7e9a02468ace013579bdf2468';
const wide = { requests_per_minute: 10_000_000, burst: 1_000_000 };

/** Everybody has one role in a thousand, and the one that lets them read their threads. */
function policyFor(users) {
  const permissions = Array.from({ length: rules - 1 }, (_, index) => `p, role-${index}, memories, read`);
  const roles = Array.from(
    { length: users },
    (_, index) => `g, user:user-${index}, role-${index}\ng, user:user-${index}, user`,
  );
  return ['p, user, threads, *', ...permissions, ...roles].join('\n');
}

async function signTokens(users) {
  const sign = createTokenSigner(jwtAuthOptionsSchema.parse({ method: 'jwt' }), {
    ...{ directory: '.', path: ['auth'], isLiteral: () => false, environment: { JWT_SECRET_KEY: secret } },
    ...{ clock: systemClock, log: silentLog, strict: true, warn: () => undefined },
  });
  const subjects = Array.from({ length: users }, (_, index) => `user-${index}`);
  return Promise.all(subjects.map((subject) => sign({ subject, lifetimeSeconds: 36_000 })));
}

async function serveProgram(rateLimit, tokens) {
  const authorization = { method: 'casbin', policy: 'policy.csv' };
  const files = { 'policy.csv': policyFor(tokens.length) };
  const server = await serve({ auth: 'jwt', authorization, rate_limit: rateLimit }, { JWT_SECRET_KEY: secret }, files);
  const body = JSON.stringify({ messages: [{ role: 'user', content: 'Hello.' }] });
  const fields = (token) =>
    `Authorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
  await load(server.url, {
    ...{ connections: 10, count: tokens.length },
    requestOf: (index) =>
      `POST /v1/threads/test/messages HTTP/1.1\r\nHost: bench\r\n${fields(tokens[index])}\r\n\r\n${body}`,
  });
  return server;
}

async function timeRound(server, tokens, { connections, requestsPerRound }) {
  const before = await server.processorTime();
  await load(server.url, {
    ...{ connections, count: requestsPerRound },
    requestOf: (index) =>
      `GET /v1/threads/test HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer ${tokens[index % tokens.length]}\r\n\r\n`,
  });
  return (await server.processorTime()) - before;
}

async function compare(subjects, tokens, { rounds, ...asked }) {
  const ratios = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]));
  for (const server of Object.values(subjects)) await timeRound(server, tokens, asked);
  for (let round = 0; round < rounds; round += 1) {
    const times = {};
    for (const name of Object.keys(subjects).toSorted(() => Math.random() - 0.5)) {
      times[name] = await timeRound(subjects[name], tokens, asked);
    }
    for (const name of Object.keys(subjects)) ratios[name].push(times['bare Koa'] / times[name]);
  }
  return Object.entries(ratios).map(([name, values]) => {
    const sorted = values.toSorted((one, other) => one - other);
    const at = (share) => Number(sorted[Math.floor(share * (sorted.length - 1))].toFixed(3));
    return { case: name, connections: asked.connections, ratioToBareKoa: at(0.5), p10: at(0.1), p90: at(0.9) };
  });
}

function countAudited(directory) {
  const database = new DatabaseSync(`${directory}/.agentflow/agentflow.db`);
  const [{ count }] = database.prepare("select count(*) count from audit_events where route = 'readThread'").all();
  database.close();
  return count;
}

export async function run({ rounds, requestsPerRound, users } = usual) {
  const tokens = await signTokens(users);
  const program = await serveProgram({ ...wide, address: wide }, tokens);
  const unlimited = await serveProgram({ enabled: false }, tokens);
  const asOne = await fetch(`${program.url}/v1/threads/test`, { headers: { Authorization: `Bearer ${tokens[0]}` } });
  const koa = fileURLToPath(new URL('served/bare-koa.mjs', import.meta.url));
  const body = await asOne.text();
  const subjects = {
    'bare Koa': await startProbed(koa, [body]),
    'bare Koa again': await startProbed(koa, [body]),
    'whole path': program,
    'without limits': unlimited,
  };
  const rows = [];
  for (const connections of [32, 1]) {
    rows.push(...(await compare(subjects, tokens, { rounds, requestsPerRound, connections })));
  }
  for (const server of [subjects['bare Koa'], subjects['bare Koa again'], unlimited]) await server.stop();
  const audited = await program.stop(countAudited);
  const text = rows.map(
    ({ case: name, connections, ratioToBareKoa, p10, p90 }) =>
      `${String(connections).padStart(2)} connections  ${name.padEnd(14)} ${ratioToBareKoa.toFixed(2)} of bare Koa (p10 ${p10}, p90 ${p90})`,
  );
  const title = `GET /v1/threads/test, ${rules} rules, ${users} users, ${rounds} rounds; ${audited} audited`;
  return { rows, audited, text: [title, ...text].join('\n') };
}
