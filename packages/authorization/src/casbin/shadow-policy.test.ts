import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '@agentflow/core';
import { expect, onTestFinished, test } from 'vitest';
import { policyFolder, somebody, surroundingsIn } from '../../../../test/harness/policies.js';
import { casbinAuthorizationOptionsSchema } from './options.js';
import { createShadowPolicy } from './shadow-policy.js';

async function create(files: Readonly<Record<string, string>>, more: object = {}) {
  const directory = policyFolder(files);
  const options = casbinAuthorizationOptionsSchema.parse({
    ...{ method: 'casbin', policy: 'candidate.csv', reload_interval: '1s', ...more },
  });
  const lines: string[] = [];
  const note = (_fields: object, message: string) => void lines.push(message);
  const log: Log = { info: note, warn: note, error: note };
  const announced: string[] = [];
  const surroundings = { ...surroundingsIn(directory), log, announce: (line: string) => void announced.push(line) };
  const shadow = await createShadowPolicy(options, { policy: 'policy.csv' }, surroundings);
  onTestFinished(() => shadow.close());
  const effect = (action: string) =>
    shadow.authorize(somebody('a', ['user']), 'graph', action, undefined, { many: false }).effect;
  return {
    shadow,
    effect,
    lines,
    announced,
    write: (text: string) => writeFileSync(join(directory, 'candidate.csv'), text),
  };
}

test('a candidate answers as a policy does, and says what it is', async () => {
  const { shadow, effect, announced } = await create({
    'candidate.csv': 'p, user, graph, invoke\np, mallory, graph, *, deny\n',
  });
  expect([effect('invoke'), effect('stream')]).toEqual(['allow', 'deny']);
  expect(shadow.name).toBe('candidate.csv');
  expect(shadow.describe()).toBe('candidate.csv (2 lines) is asked beside policy.csv, and decides nothing');
  expect(announced).toEqual([expect.stringContaining('candidate.csv:2: "mallory" is read as a role')]);
});

test('names the policy that it is asked beside, wherever that lies', async () => {
  const { directory } = surroundingsIn(policyFolder({ 'candidate.csv': 'p, user, graph, invoke\n' }));
  const options = casbinAuthorizationOptionsSchema.parse({ method: 'casbin', policy: 'candidate.csv' });
  const shadow = await createShadowPolicy(options, { policy: 'database' }, surroundingsIn(directory));
  onTestFinished(() => shadow.close());
  expect(shadow.describe()).toBe(
    'candidate.csv (1 lines) is asked beside the policy in the database, and decides nothing',
  );
});

test('is read again when it changes, and a faulty one is told of once', { timeout: 30_000 }, async () => {
  const { effect, lines, write } = await create({ 'candidate.csv': 'p, user, graph, invoke\n' });
  write('p, user, graph, stream\n');
  await expect.poll(() => [effect('invoke'), effect('stream')], { timeout: 10_000 }).toEqual(['deny', 'allow']);
  expect(lines).toEqual(['the changed candidate is asked from now on']);
  write('p, user, graph, fly\n');
  await expect.poll(() => lines.length, { timeout: 10_000 }).toBe(2);
  expect(lines[1]).toMatch(/^the changed candidate cannot be loaded: .*candidate\.csv:1/);
  expect(effect('stream')).toBe('allow');
});

test('of which nothing is good is no candidate', async () => {
  await expect(create({ 'candidate.csv': 'p, user, graph, fly\n' })).rejects.toThrow('candidate.csv:1');
});
