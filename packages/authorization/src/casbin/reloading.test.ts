import { EventEmitter, once } from 'node:events';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError, type Log, silentLog, systemClock } from '@agentflow/core';
import { expect, onTestFinished, test } from 'vitest';
import { policyFolder, somebody } from '../../../../test/harness/policies.js';
import { loadPolicy } from './load-policy.js';
import { casbinAuthorizationOptionsSchema } from './options.js';
import { createReloading } from './reloading.js';

const options = casbinAuthorizationOptionsSchema.parse({ method: 'casbin', policy: 'policy.csv' });
const invoking = 'p, user, graph, invoke\n';

const timing = {
  intervalMilliseconds: 3_600_000,
  maxStalenessMilliseconds: 3_600_000,
  deadlineMilliseconds: 30_000,
  clock: systemClock,
};

/** A policy that is looked at when the test says so, and never by itself. */
async function create(load?: (real: () => ReturnType<typeof loadPolicy>) => ReturnType<typeof loadPolicy>) {
  const directory = policyFolder({ 'policy.csv': invoking });
  const file = join(directory, 'policy.csv');
  const lines: string[] = [];
  const note = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const log: Log = { info: note, warn: note, error: note };
  const real = () => loadPolicy(options, { directory, path: ['authorization'] });
  const policy = await createReloading({
    files: [file],
    load: load === undefined ? real : () => load(real),
    ...timing,
    log,
  });
  onTestFinished(() => policy.close());
  const user = somebody('a', ['user']);
  const may = (action: string) => policy.current().decide(user, 'graph', action, undefined).effect === 'allow';
  return { directory, file, lines, policy, may };
}

test('a changed file decides once it has stood still between two looks', async () => {
  const { file, policy, may, lines } = await create();
  writeFileSync(file, 'p, user, graph, stream\n');
  await policy.look();
  expect([may('invoke'), may('stream')]).toEqual([true, false]);
  await policy.look();
  expect([may('invoke'), may('stream')]).toEqual([false, true]);
  expect(lines).toEqual([expect.stringContaining('the changed policy decides from now on')]);
});

test('a file that takes the place of another is a change, too', async () => {
  const { directory, file, policy, may } = await create();
  writeFileSync(join(directory, 'next.csv'), 'p, user, graph, strea_\n'.replace('_', 'm'));
  renameSync(join(directory, 'next.csv'), file);
  await policy.look();
  await policy.look();
  expect([may('invoke'), may('stream')]).toEqual([false, true]);
});

test('a file that still changes is not read: what is half written might lack its denials', async () => {
  const { file, policy, may } = await create();
  writeFileSync(file, 'p, user, graph, *\n');
  await policy.look();
  writeFileSync(file, 'p, user, graph, *\np, user, graph, fix, deny\n');
  await policy.look();
  expect([may('stream'), may('fix')]).toEqual([false, false]);
  await policy.look();
  expect([may('stream'), may('fix')]).toEqual([true, false]);
});

test.each<[string, (file: string) => void, RegExp]>([
  ['faulty', (file) => writeFileSync(file, 'p, user, graf, *\n'), /policy\.csv:1: there is no resource/],
  ['empty', (file) => writeFileSync(file, ''), /there is no rule/],
  ['gone', (file) => rmSync(file), /does not exist/],
])(
  'a file that is %s leaves the last good policy in force, and the log says so once',
  async (_what, spoil, message) => {
    const { file, policy, may, lines } = await create();
    spoil(file);
    for (let look = 0; look < 4; look++) await policy.look();
    expect([may('invoke'), may('stream')]).toEqual([true, false]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/the last good one still decides/);
    expect(lines[0]).toMatch(message);
    writeFileSync(file, 'p, user, graph, stream\n');
    await policy.look();
    await policy.look();
    expect([may('invoke'), may('stream')]).toEqual([false, true]);
  },
);

test('while the next policy is loading, the last one decides', async () => {
  const gate = new EventEmitter();
  let loads = 0;
  const { file, policy, may } = await create(async (real) => {
    loads++;
    const next = await real();
    if (loads > 1) await once(gate, 'open');
    return next;
  });
  writeFileSync(file, 'p, user, graph, stream\n');
  await policy.look();
  const looking = policy.look();
  while (gate.listenerCount('open') === 0) await new Promise((resolve) => setImmediate(resolve));
  expect([may('invoke'), may('stream'), may('fix')]).toEqual([true, false, false]);
  // Another look meanwhile does not load it again.
  await policy.look();
  gate.emit('open');
  await looking;
  expect(loads).toBe(2);
  expect([may('invoke'), may('stream')]).toEqual([false, true]);
});

test('not one answer is wrong while the policy is loaded five hundred times, every other time faulty', async () => {
  const { file, policy } = await create();
  const decide = (role: string) => policy.current().decide(somebody('a', [role]), 'graph', 'invoke', undefined).effect;
  const counts = { reloads: 0, answers: 0 };
  const asking = async () => {
    for (; counts.reloads < 500; counts.answers += 2) {
      expect(decide('user')).toBe('allow');
      expect(decide('mallory')).toBe('deny');
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const loading = async () => {
    for (; counts.reloads < 500; counts.reloads++) {
      const rest = counts.reloads % 2 === 0 ? `p, other${counts.reloads}, *, *\n` : 'p, user, graf, *\n';
      writeFileSync(file, `${invoking}p, mallory, *, *, deny\n${rest}`);
      await policy.look();
      await policy.look();
    }
  };
  await Promise.all([loading(), asking()]);
  // The last that was not faulty.
  expect([decide('other498'), decide('other496')]).toEqual(['allow', 'deny']);
  expect(counts.reloads).toBe(500);
  expect(counts.answers).toBeGreaterThan(500);
});

test('at start, a faulty policy is a fault and nothing is served', async () => {
  const failing = createReloading({
    files: [],
    load: () => Promise.reject(new ConfigurationError([{ path: [], message: 'no policy', remedy: 'Make one.' }])),
    ...timing,
    log: silentLog,
  });
  await expect(failing).rejects.toThrow('no policy');
});
