import { appendFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { silentLog } from '@agentflow/core';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { policyFolder, somebody } from '../../../../test/harness/policies.js';
import { loadPolicy } from './load-policy.js';
import { casbinAuthorizationOptionsSchema } from './options.js';
import { createReloading } from './reloading.js';

/*
 * A thousand changes of the policy, and somebody who asks all the time. There are two good policies, which are written whole;
 * whatever else is written, thrown, or never answered, what is answered is the whole of the one or the whole of the other.
 */

const reloads = 1_000;
const hour = 3_600_000;
const deadline = 30_000;

const questions = [
  [['user'], 'graph', 'invoke'],
  [['user'], 'graph', 'stream'],
  [['user'], 'checkpointer', 'read'],
  [['user', 'suspended'], 'graph', 'stream'],
  [['user', 'suspended'], 'checkpointer', 'read'],
  [['ops'], 'graph', 'fix'],
  [['ops'], 'run', 'read'],
  [[], 'run', 'read'],
] as const;

/** The lines of a policy, and what it answers: `a` for allow, `d` for deny, one letter for each question. */
interface Whole {
  readonly lines: readonly string[];
  readonly answers: string;
}

interface Setting {
  readonly model?: string;
  readonly one: Whole;
  readonly other: Whole;
  /** A good policy which is never loaded whole and in time: whoever answers by it is wrong. */
  readonly never: string;
}

const denyOverride: Setting = {
  one: {
    lines: ['p, user, graph, *', 'p, *, run, read', 'p, suspended, *, *, deny'],
    answers: 'aaddddaa',
  },
  other: {
    lines: ['p, user, threads, read', 'p, user, graph, stream', 'p, ops, *, *', 'p, ops, graph, fix, deny'],
    answers: 'daaaadad',
  },
  never: 'p, *, *, *\n',
};

const allowOnly: Setting = {
  model: `[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = (p.sub == "*" || g(r.sub, p.sub)) && (p.obj == "*" || r.obj == p.obj) && (p.act == "*" || r.act == p.act)
`,
  one: { lines: ['p, user, graph, *', 'p, *, run, read', 'p, ops, graph, fix'], answers: 'aadadaaa' },
  other: { lines: ['p, user, threads, read', 'p, user, graph, stream', 'p, ops, *, *'], answers: 'daaaaaad' },
  never: 'p, *, *, *\n',
};

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] }));
afterEach(() => void vi.useRealTimers());

const turn = () => new Promise((resolve) => setImmediate(resolve));

type Policy = Awaited<ReturnType<typeof loadPolicy>>;

interface Disk {
  load: () => Promise<Policy>;
  loads: number;
  /** Whether `load` is one that is given up. */
  hangs: boolean;
}

async function create({ model, one }: Setting) {
  const files = { 'policy.csv': textOf(one.lines), ...(model !== undefined && { 'model.conf': model }) };
  const directory = policyFolder(files);
  const options = casbinAuthorizationOptionsSchema.parse({
    method: 'casbin',
    policy: 'policy.csv',
    ...(model !== undefined && { model: 'model.conf' }),
  });
  const read = () => loadPolicy(options, { directory, path: ['authorization'] });
  const disk: Disk = { load: read, loads: 0, hangs: false };
  const clock = { time: 0, now: () => clock.time };
  const policy = await createReloading({
    files: Object.keys(files).map((file) => join(directory, file)),
    load: () => {
      disk.loads += 1;
      return disk.load();
    },
    ...{ intervalMilliseconds: hour, maxStalenessMilliseconds: hour, deadlineMilliseconds: deadline },
    ...{ clock, log: silentLog },
  });
  onTestFinished(() => policy.close());
  return { file: join(directory, 'policy.csv'), read, disk, clock, policy };
}

type Made = Awaited<ReturnType<typeof create>>;

const textOf = (lines: readonly string[]) => `${lines.join('\n')}\n`;

/** All questions, to what is in force for each; `refused` where nothing is. */
function answersOf({ policy }: Made): string {
  try {
    return questions
      .map(([roles, resource, action]) => {
        const { effect } = policy.current().decide(somebody('alice', roles), resource, action, undefined);
        return effect === 'allow' ? 'a' : 'd';
      })
      .join('');
  } catch {
    return 'refused';
  }
}

/** Two looks: one that sees the change, and one that reads it; a load that hangs is given up. */
async function reload({ policy, disk }: Made): Promise<void> {
  await policy.look();
  const { loads } = disk;
  const progress = { isLooking: true };
  const looking = policy.look().finally(() => {
    progress.isLooking = false;
  });
  while (progress.isLooking && disk.loads === loads) await turn();
  if (disk.hangs) await vi.advanceTimersByTimeAsync(deadline);
  await looking;
}

/** What may go wrong. After each of these, what was in force still is. */
const mishaps: readonly ((made: Made, setting: Setting, count: number) => Promise<void>)[] = [
  async (made) => {
    writeFileSync(made.file, 'p, *, *, *\np, user, graf, *\n');
    await reload(made);
  },
  async (made) => {
    writeFileSync(made.file, '');
    await reload(made);
  },
  async (made) => {
    rmSync(made.file);
    await reload(made);
  },
  async (made, { never }, count) => {
    made.disk.load = () => Promise.reject(new Error('too many open files'));
    writeFileSync(made.file, `${never}# ${count}\n`);
    await reload(made);
  },
  async (made, { never }, count) => {
    made.disk.load = () => {
      throw new TypeError('not even a promise');
    };
    writeFileSync(made.file, `${never}# ${count}\n`);
    await reload(made);
  },
  async (made, { never }, count) => {
    made.disk.hangs = true;
    made.disk.load = () => new Promise(() => undefined);
    writeFileSync(made.file, `${never}# ${count}\n`);
    await reload(made);
  },
  // What is read is whole, and comes when nobody waits for it any more.
  async (made, { never }, count) => {
    const held: (() => void)[] = [];
    made.disk.hangs = true;
    made.disk.load = async () => {
      const whole = await made.read();
      await new Promise<void>((resolve) => held.push(resolve));
      return whole;
    };
    writeFileSync(made.file, `${never}# ${count}\n`);
    await reload(made);
    for (const release of held) release();
    await turn();
  },
  // Somebody writes while it is read: what is read lacks the rest.
  async (made, { one, other }, count) => {
    const [first = '', ...rest] = count % 2 === 0 ? one.lines : other.lines;
    made.disk.load = async () => {
      const half = await made.read();
      appendFileSync(made.file, textOf(rest));
      return half;
    };
    writeFileSync(made.file, textOf([first]));
    await reload(made);
  },
];

test.each([
  ['where a deny overrides', denyOverride],
  ['where there is only allow', allowOnly],
])('not one answer is wrong, nor a mix of two: %s', async (_what, setting) => {
  const made = await create(setting);
  const { one, other } = setting;
  const seen = new Map<string, number>();
  const counts = { changes: 0, mishaps: 0 };
  const ask = () => {
    const answers = answersOf(made);
    seen.set(answers, (seen.get(answers) ?? 0) + 1);
    return answers;
  };

  const asking = async () => {
    for (; counts.changes < reloads; await turn()) ask();
  };
  const changing = async () => {
    let inForce = one;
    for (; counts.changes < reloads; counts.changes++) {
      made.disk.load = made.read;
      made.disk.hangs = false;
      if (counts.changes % 2 === 0) {
        inForce = inForce === one ? other : one;
        writeFileSync(`${made.file}.next`, textOf(inForce.lines));
        renameSync(`${made.file}.next`, made.file);
        await reload(made);
        expect([counts.changes, ask(), made.policy.ready()]).toEqual([counts.changes, inForce.answers, true]);
        continue;
      }
      const mishap = mishaps[counts.mishaps % mishaps.length];
      counts.mishaps += 1;
      await mishap?.(made, setting, counts.changes);
      expect([counts.changes, ask()]).toEqual([counts.changes, inForce.answers]);
      // Now and then nobody mends it in time.
      if (counts.mishaps % 7 === 0) {
        made.clock.time += hour;
        expect([counts.changes, ask()]).toEqual([counts.changes, 'refused']);
        await turn();
      }
    }
  };
  await Promise.all([changing(), asking()]);

  expect([...seen.keys()].toSorted()).toEqual([one.answers, other.answers, 'refused'].toSorted());
  for (const times of seen.values()) expect(times).toBeGreaterThan(100);
  expect(counts).toEqual({ changes: reloads, mishaps: reloads / 2 });
  expect(made.disk.loads).toBeGreaterThanOrEqual(reloads);
});
