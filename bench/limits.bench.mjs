import { createServer } from 'node:net';
import {
  createMemoryCounters,
  createMemorySignals,
  createPolicy,
  createStandbyCounters,
  silentLog,
  stricterPolicy,
  systemClock,
} from '@agentflow/core';
import { openRedisCounters } from '@agentflow/stores';

/*
 * What it takes to be counted: in memory; and where Redis is said to be, and there is somebody who takes every connection, greets, and never says
 * another word. The first who ask there wait for it and in vain, at most 50 ms; those who come after them do not.
 */

const usual = { counted: 200_000, rounds: 20 };

/** For a test of the bench itself. */
export const small = { counted: 1000, rounds: 1 };

/** How many ask at once. */
const together = 50;

const policy = createPolicy('bench', { burst: 1_000_000, amount: 1_000_000, perSeconds: 1 });
const takings = (index) => [{ key: `key-${index % 1000}`, policy }];
const at = (sorted, share) => Number(sorted[Math.floor(share * (sorted.length - 1))].toFixed(2));

function timeMemory(counted) {
  const counters = createMemoryCounters({ clock: systemClock });
  const startedAt = performance.now();
  for (let index = 0; index < counted; index += 1) counters.take(takings(index));
  return (performance.now() - startedAt) / counted;
}

async function timeTogether(counters) {
  const times = await Promise.all(
    Array.from({ length: together }, async (_, index) => {
      const startedAt = performance.now();
      const [taken] = await counters.take(takings(index));
      return {
        milliseconds: performance.now() - startedAt,
        isCounted: taken.allowed && taken.remaining < policy.burst,
      };
    }),
  );
  return times;
}

async function timeHanging(rounds) {
  // RESP3: an empty map for HELLO, and two words for what a client says of itself.
  const silent = createServer((socket) => socket.once('data', () => socket.write('%0\r\n+OK\r\n+OK\r\n')));
  await new Promise((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const url = `redis://127.0.0.1:${silent.address().port}`;
  const waiting = [];
  const after = [];
  for (let round = 0; round < rounds; round += 1) {
    const shared = await openRedisCounters({ url, prefix: 'bench:' });
    const local = createMemoryCounters({ clock: systemClock });
    const parts = { shared, local, alone: stricterPolicy, log: silentLog, signals: createMemorySignals() };
    const counters = createStandbyCounters(parts);
    waiting.push(...(await timeTogether(counters)));
    after.push(...(await timeTogether(counters)));
    counters.close();
    shared.close();
  }
  silent.close();
  return { waiting, after };
}

export async function run({ counted, rounds } = usual) {
  const perTaking = timeMemory(counted);
  const { waiting, after } = await timeHanging(rounds);
  const row = (name, answers) => {
    const sorted = answers.map(({ milliseconds }) => milliseconds).toSorted((one, other) => one - other);
    const isCounted = answers.every((answer) => answer.isCounted);
    return { case: name, median: at(sorted, 0.5), p99: at(sorted, 0.99), most: at(sorted, 1), isCounted };
  };
  const rows = [row('hangs: the first', waiting), row('hangs: after them', after)];
  const text = rows.map(
    ({ case: name, median, p99, most, isCounted }) =>
      `${name.padEnd(18)} median ${median} ms, p99 ${p99}, most ${most}; ${isCounted ? 'each was counted' : 'NOT COUNTED'}`,
  );
  return {
    rows,
    text: [
      `${together} at once, ${rounds} rounds; in memory ${(perTaking * 1000).toFixed(2)} microseconds each`,
      ...text,
    ].join('\n'),
  };
}
