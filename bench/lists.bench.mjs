import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@agentflow/core';
import { openPostgres, openSqlite } from '@agentflow/stores';
import { DatabaseSync } from '@photostructure/sqlite';
import { Client } from 'pg';

/*
 * What it costs to list one's fifty threads among those of everybody: all of them, and those that a policy's filter lets
 * through. The small and the large database are asked in turn, in short rounds; the factor is taken round by round.
 */

const usual = { rounds: 30, listsPerRound: 40, sizes: [1_000, 100_000] };

/** For a test of the bench itself. */
export const small = { rounds: 2, listsPerRound: 3, sizes: [100, 1_000] };

const threadsEach = 50;
const postgresUrl = process.env.AGENTFLOW_TEST_POSTGRES ?? 'postgres://postgres@127.0.0.1:5432/test';

const columns = 'uuid, tenant, realm, subject, thread_id, search_text, metadata, created_at, updated_at';
const row = (i) =>
  `'uuid-' || ${i}, 'default', 'local', 'user' || (${i} / ${threadsEach}), 'thread-' || (${i} % ${threadsEach}), 'thread', '{}', ${i}, ${i}`;

async function createSqlite(size) {
  const directory = mkdtempSync(join(tmpdir(), 'agentflow-bench-'));
  const file = join(directory, 'agentflow.db');
  const stores = await openSqlite(file, systemClock);
  const database = new DatabaseSync(file);
  database.exec(
    `insert into threads (${columns}) with recursive n(i) as (select 0 union all select i + 1 from n where i < ${size - 1}) select ${row('i')} from n`,
  );
  database.close();
  const remove = async () => {
    await stores.close();
    rmSync(directory, { recursive: true });
  };
  return { stores, remove };
}

async function askPostgres(sql) {
  const client = new Client({ connectionString: postgresUrl, connectionTimeoutMillis: 2_000 });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function createPostgres(size) {
  const schema = `agentflow bench ${randomBytes(6).toString('hex')}`;
  const options = { url: postgresUrl, schema, maxConnections: 2, onIdleError: () => undefined };
  const stores = await openPostgres(options, systemClock);
  await askPostgres(
    `set search_path to "${schema}"; insert into threads (${columns}) select ${row('i')} from generate_series(0, ${size - 1}) as i; analyze threads`,
  );
  const remove = async () => {
    await stores.close();
    await askPostgres(`drop schema "${schema}" cascade`);
  };
  return { stores, remove };
}

const filter = { or: [{ id: { startsWith: 'thread-1' } }, { id: { in: ['thread-2', 'thread-3'] } }] };
const lists = { all: { expected: threadsEach, among: undefined }, filtered: { expected: 13, among: filter } };

/** Microseconds a list. */
async function timeRound({ stores }, size, { expected, among }, count) {
  const startedAt = performance.now();
  for (let index = 0; index < count; index++) {
    const subject = `user${Math.floor(((index * 7919) % size) / threadsEach)}`;
    const owner = { tenant: 'default', realm: 'local', subject };
    const found = await stores.threads.list(owner, { search: '', offset: 0, limit: 1000, among });
    if (found.length !== expected) throw new Error(`${found.length} threads, and not ${expected}`);
  }
  return ((performance.now() - startedAt) * 1000) / count;
}

const median = (values) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
const rounded = (value) => Number(value.toPrecision(3));

async function compare(database, create, { rounds, listsPerRound, sizes }) {
  const opened = [];
  for (const size of sizes) opened.push({ size, ...(await create(size)) });
  const rows = [];
  for (const [list, asked] of Object.entries(lists)) {
    const times = new Map(sizes.map((size) => [size, []]));
    for (let round = -1; round < rounds; round++) {
      for (const one of opened.toSorted(() => Math.random() - 0.5)) {
        const time = await timeRound(one, one.size, asked, listsPerRound);
        if (round >= 0) times.get(one.size).push(time);
      }
    }
    const [first] = sizes;
    for (const size of sizes) {
      const factor = median(times.get(size).map((time, round) => time / times.get(first)[round]));
      rows.push({
        ...{ database, list, threads: size },
        microseconds: rounded(median(times.get(size))),
        timesOfSmallest: rounded(factor),
      });
    }
  }
  for (const { remove } of opened) await remove();
  return rows;
}

export async function run(options = usual) {
  const rows = await compare('SQLite', createSqlite, options);
  const isPostgresHere = await askPostgres('select 1').then(
    () => true,
    () => false,
  );
  if (isPostgresHere) rows.push(...(await compare('PostgreSQL', createPostgres, options)));
  const text = [
    `listing one's ${threadsEach} threads, ${options.rounds} rounds, medians${isPostgresHere ? '' : '; PostgreSQL is not there'}`,
    ...rows.map(
      (one) =>
        `${one.database.padEnd(10)} ${one.list.padEnd(8)} of ${String(one.threads).padStart(7)}: ${one.microseconds} µs, ${one.timesOfSmallest} × the smallest`,
    ),
  ];
  return { rows, text: text.join('\n') };
}
