import { EventEmitter, once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError, type Log } from '@agentflow/core';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { policyFolder } from '../../../../test/harness/policies.js';
import { createReloading } from './reloading.js';
import { createStaleness } from './staleness.js';

/* How long the last good policy decides. What is loaded is the text of a file, which is good where it has an end. */

const hour = 3_600_000;
const deadline = 30_000;

// The deadline of a load is the only timer. Files are read in real time: what is not moved by hand never passes.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] }));
afterEach(() => void vi.useRealTimers());

type Load = (real: () => Promise<string>) => Promise<string>;

async function create(load: Load = (real) => real()) {
  const file = join(policyFolder({ 'policy.txt': 'first end' }), 'policy.txt');
  const clock = { time: Date.parse('2026-01-01T00:00:00Z'), now: () => clock.time };
  const lines: string[] = [];
  const note = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const log: Log = { info: note, warn: note, error: note };
  const parts = { loads: 0, load };
  const real = async () => {
    const text = readFileSync(file, 'utf8');
    if (text.endsWith(' end')) return text;
    throw new ConfigurationError([{ path: [], message: `"${text}" has no end`, remedy: 'End it.' }]);
  };
  const policy = await createReloading({
    files: [file],
    load: () => {
      parts.loads += 1;
      return parts.load(real);
    },
    intervalMilliseconds: hour,
    maxStalenessMilliseconds: hour,
    deadlineMilliseconds: deadline,
    clock,
    log,
  });
  onTestFinished(() => policy.close());
  /** The file is seen to have changed, and is then read. */
  const lookTwice = async () => {
    await policy.look();
    await policy.look();
  };
  const answer = () => {
    try {
      return policy.current();
    } catch (error) {
      return error instanceof Error ? error : new Error('something else was thrown');
    }
  };
  return { file, clock, lines, policy, parts, lookTwice, answer };
}

type Made = Awaited<ReturnType<typeof create>>;

function expectInForce({ policy, answer }: Made, text: string): void {
  expect([answer(), policy.ready()]).toEqual([text, true]);
}

function expectRefusal({ policy, answer }: Made, reason: RegExp): void {
  const refusal = answer();
  expect(refusal).toBeInstanceOf(Error);
  const text = refusal instanceof Error ? refusal.message : '';
  expect(text).toMatch(reason);
  expect(text).toMatch(/since 2026-01-01T00:00:00\.000Z.*"max_staleness".*Mend them/);
  expect(policy.ready()).toBe(text);
}

/** A look; if it comes to a load, it is given up after its deadline. */
async function lookUntilDeadline({ policy, parts }: Made): Promise<void> {
  const { loads } = parts;
  const progress = { isLooking: true };
  const looking = policy.look().finally(() => {
    progress.isLooking = false;
  });
  while (progress.isLooking && parts.loads === loads) await new Promise((resolve) => setImmediate(resolve));
  await vi.advanceTimersByTimeAsync(deadline);
  await looking;
}

describe.each<[string, (file: string) => void, RegExp]>([
  ['faulty', (file) => writeFileSync(file, 'second'), /"second" has no end/],
  ['gone', (file) => rmSync(file), /ENOENT/],
  ['empty', (file) => truncateSync(file), /"" has no end/],
  ['half written', (file) => writeFileSync(file, 'second en'), /"second en" has no end/],
  [
    'a folder',
    (file) => {
      rmSync(file);
      mkdirSync(file);
    },
    /EISDIR/,
  ],
])('a file that is %s', (_what, spoil, reason) => {
  test('leaves the last good one in force for as long as it may be stale, and then nothing', async () => {
    const made = await create();
    spoil(made.file);
    await made.lookTwice();
    made.clock.time += hour - 1;
    await made.lookTwice();
    expectInForce(made, 'first end');
    expect(made.lines).toEqual([expect.stringMatching(/cannot be loaded: the last good one still decides/)]);
    made.clock.time += 1;
    expectRefusal(made, reason);
    await made.lookTwice();
    await made.lookTwice();
    expectRefusal(made, reason);
    expect(made.lines.slice(1)).toEqual([expect.stringMatching(/out of date for too long: every request is refused/)]);
  });

  test.each([
    ['before its time is over', hour - 1],
    ['long after', 100 * hour],
  ])('and is mended %s, is in force without anybody doing anything', async (_when, later) => {
    const made = await create();
    spoil(made.file);
    await made.lookTwice();
    made.clock.time += later;
    await made.lookTwice();
    rmSync(made.file, { recursive: true, force: true });
    writeFileSync(made.file, 'second end');
    await made.lookTwice();
    expectInForce(made, 'second end');
    expect(made.lines.at(-1)).toMatch(/the policy is mended/);
    // And has all of its time once more.
    spoil(made.file);
    await made.lookTwice();
    made.clock.time += hour - 1;
    expectInForce(made, 'second end');
  });
});

test('a file that is good, whatever time passes, is in force: what counts is that it could be loaded', async () => {
  const made = await create();
  made.clock.time += 1000 * hour;
  await made.lookTwice();
  expectInForce(made, 'first end');
  expect(made.lines).toEqual([]);
});

test('a file that cannot be read is stale, and in force again once it can', async () => {
  let mayRead = false;
  const made = await create((real) => real());
  made.parts.load = (real) => (mayRead ? real() : Promise.reject(new Error('EACCES: permission denied')));
  chmodSync(made.file, 0o000);
  await made.lookTwice();
  made.clock.time += hour;
  expectRefusal(made, /EACCES/);
  mayRead = true;
  chmodSync(made.file, 0o600);
  await made.lookTwice();
  expectInForce(made, 'first end');
});

test('the time counts from the first fault: another fault does not begin it anew', async () => {
  const made = await create();
  writeFileSync(made.file, 'second');
  await made.lookTwice();
  made.clock.time += hour - 1;
  writeFileSync(made.file, 'third');
  await made.lookTwice();
  expectInForce(made, 'first end');
  made.clock.time += 1;
  expectRefusal(made, /"third" has no end/);
  expect(made.lines).toHaveLength(2);
});

test('while it is too old, each new fault is told, and that nothing is decided', async () => {
  const made = await create();
  writeFileSync(made.file, 'second');
  await made.lookTwice();
  made.clock.time += hour;
  writeFileSync(made.file, 'third');
  await made.lookTwice();
  expect(made.lines.at(-1)).toMatch(/cannot be loaded: every request is refused.*third/);
  expectRefusal(made, /third/);
});

describe('a file that never stands still', () => {
  test('is never read, and stale from its first change', async () => {
    const made = await create();
    const loads = made.parts.loads;
    for (let change = 0; change < 60; change++) {
      writeFileSync(made.file, `change ${change} end`);
      await made.policy.look();
      made.clock.time += hour / 60;
      if (change < 59) expectInForce(made, 'first end');
    }
    expectRefusal(made, /they keep changing/);
    expect(made.parts.loads).toBe(loads);
    expect(made.lines).toEqual([expect.stringMatching(/keeps changing.*the last good one still decides/)]);
    await made.policy.look();
    expectInForce(made, 'change 59 end');
    expect(made.lines.at(-1)).toMatch(/the policy is mended/);
  });

  test('and changes while it is read is not in force, however good it was', async () => {
    const made = await create();
    made.parts.load = async (real) => {
      const text = await real();
      writeFileSync(made.file, `${text.slice(0, -4)}x end`);
      return text;
    };
    writeFileSync(made.file, 'second end');
    for (let look = 0; look < 10; look++) await made.policy.look();
    expectInForce(made, 'first end');
    made.clock.time += hour;
    expectRefusal(made, /not loaded yet|keep changing/);
    made.parts.load = (real) => real();
    await made.lookTwice();
    expectInForce(made, 'secondxxxxx end');
  });
});

test('a change and the way back leave nothing behind', async () => {
  const made = await create();
  const gate = new EventEmitter();
  made.parts.load = async (real) => {
    await once(gate, 'open');
    return real();
  };
  writeFileSync(made.file, 'second end');
  await made.policy.look();
  const looking = made.policy.look();
  await expect.poll(() => gate.listenerCount('open')).toBe(1);
  made.clock.time += hour;
  expectRefusal(made, /not loaded yet/);
  gate.emit('open');
  await looking;
  expectInForce(made, 'second end');
});

describe('a load that hangs', () => {
  const hang = () => new Promise<never>(() => undefined);

  test('is given up, does not stop the clock, and the next one is in force', async () => {
    const made = await create();
    made.parts.load = hang;
    writeFileSync(made.file, 'second end');
    await made.policy.look();
    made.clock.time += hour - 1;
    await lookUntilDeadline(made);
    expectInForce(made, 'first end');
    expect(made.lines).toEqual([expect.stringMatching(/cannot be loaded: the last good one still decides/)]);
    made.clock.time += 1;
    expectRefusal(made, /loading the policy did not answer within 30000 ms/);
    made.parts.load = (real) => real();
    for (let look = 0; look < 2; look++) await made.policy.look();
    expectInForce(made, 'second end');
    expect(made.lines.at(-1)).toMatch(/the policy is mended/);
  });

  test('while it hangs the time passes, and the log says so', async () => {
    const made = await create();
    made.parts.load = hang;
    writeFileSync(made.file, 'second end');
    await made.policy.look();
    const looking = made.policy.look();
    await expect.poll(() => made.parts.loads).toBe(2);
    made.clock.time += hour;
    await made.policy.look();
    expectRefusal(made, /not loaded yet/);
    expect(made.lines).toEqual([expect.stringMatching(/out of date for too long/)]);
    await vi.advanceTimersByTimeAsync(deadline);
    await looking;
  });

  test('and answers at last, is not in force: meanwhile another may be', async () => {
    const made = await create();
    const gate = new EventEmitter();
    made.parts.load = async (real) => {
      const text = await real();
      await once(gate, 'open');
      return text;
    };
    writeFileSync(made.file, 'second end');
    await made.policy.look();
    await lookUntilDeadline(made);
    made.parts.load = (real) => real();
    writeFileSync(made.file, 'third end');
    await made.lookTwice();
    gate.emit('open');
    await made.policy.look();
    expectInForce(made, 'third end');
  });

  test('is begun twice at most, unless the file changes: each may keep a thread of the process', async () => {
    const made = await create();
    made.parts.load = hang;
    writeFileSync(made.file, 'second end');
    await made.policy.look();
    for (let look = 0; look < 40; look++) await lookUntilDeadline(made);
    expect(made.parts.loads).toBe(3);
    made.parts.load = (real) => real();
    writeFileSync(made.file, 'third end');
    await made.lookTwice();
    expectInForce(made, 'third end');
  });
});

test.each([
  ['throws what is no fault of the configuration', () => Promise.reject(new TypeError('too many open files'))],
  [
    'throws before it has promised anything',
    () => {
      throw new TypeError('too many open files');
    },
  ],
])('a load that %s is tried again, though nothing has changed', async (_what, load) => {
  const made = await create();
  made.parts.load = load;
  writeFileSync(made.file, 'second end');
  await made.lookTwice();
  expectInForce(made, 'first end');
  made.parts.load = (real) => real();
  await made.lookTwice();
  expectInForce(made, 'second end');
  expect(made.lines).toHaveLength(2);
});

test('what stays faulty is read ever more seldom, and told once', async () => {
  const file = join(policyFolder({ 'policy.txt': 'x' }), 'policy.txt');
  let loads = 0;
  const lines: string[] = [];
  const note = (_fields: object, message: string) => void lines.push(message);
  const policy = await createReloading({
    files: [file],
    load: async () => {
      loads += 1;
      if (loads > 1) throw new Error('no');
    },
    ...{ intervalMilliseconds: 1_000, maxStalenessMilliseconds: hour, deadlineMilliseconds: deadline },
    clock: { now: () => 0 },
    log: { info: note, warn: note, error: note },
  });
  onTestFinished(() => policy.close());
  writeFileSync(file, 'y');
  const loadsAfter = async (looks: number) => {
    for (let look = 0; look < looks; look++) await policy.look();
    return loads;
  };
  expect(await loadsAfter(2)).toBe(2);
  expect(await loadsAfter(60)).toBe(6);
  // From then on once a minute, which is every sixty-first look.
  expect(await loadsAfter(610)).toBe(16);
  expect(lines).toHaveLength(1);
});

describe('a clock that is moved', () => {
  const at = (start: number) => {
    const clock = { time: start, now: () => clock.time };
    return clock;
  };

  test('back does not make anything younger that was too old', () => {
    const clock = at(10 * hour);
    const staleness = createStaleness(clock, hour);
    expect(staleness.isOver()).toBe(false);
    staleness.begin();
    clock.time += hour;
    expect(staleness.isOver()).toBe(true);
    clock.time = 0;
    expect(staleness.isOver()).toBe(true);
    staleness.end();
    expect(staleness.isOver()).toBe(false);
  });

  test('back does not give more time than one look', () => {
    const clock = at(10 * hour);
    const staleness = createStaleness(clock, hour);
    staleness.begin();
    clock.time += hour - 2;
    expect(staleness.isOver()).toBe(false);
    clock.time = 0;
    expect(staleness.isOver()).toBe(false);
    clock.time += 1;
    expect(staleness.isOver()).toBe(false);
    clock.time += 1;
    expect(staleness.isOver()).toBe(true);
  });
});
