import { describe, expect, test } from 'vitest';
import { inspectedOf } from '../../../../../../test/harness/policies.js';
import { builtInModel } from '../../built-in-model.js';
import { lintPolicy } from './lint-policy.js';

async function found(policy: string, model?: string) {
  return lintPolicy(await inspectedOf(policy, model)).map(({ kind, place }) => `${kind} ${place}`);
}

/** Gives roles to somebody, so that nothing else is found. */
const held = (...roles: string[]) => roles.map((role) => `g, user:alice, ${role}\n`).join('');

test('nothing is found where nothing is', async () => {
  const policy = `p, viewer, threads, read
p, editor, threads, write
p, suspended, *, *, deny
p, user:bob, graph, *
p, *, run, read
g, editor, viewer
${held('editor', 'suspended')}`;
  expect(await found(policy)).toEqual([]);
});

describe('rules that add nothing', () => {
  test.each<[string, string, readonly string[]]>([
    ['everything, and a part of it', `p, a, *, *\np, a, graph, read\n${held('a')}`, ['unreachable policy.csv:2']],
    ['a part, and everything after it', `p, a, graph, read\np, a, *, *\n${held('a')}`, ['unreachable policy.csv:1']],
    ['everybody, and somebody', `p, *, graph, read\np, a, graph, read\n${held('a')}`, ['unreachable policy.csv:2']],
    [
      'a role, and those who have it',
      `p, a, graph, read\np, b, graph, read\ng, b, a\n${held('b')}`,
      ['unreachable policy.csv:2'],
    ],
    [
      'two names of one resource',
      `p, a, threads, read\np, a, checkpointer, read\n${held('a')}`,
      ['duplicate policy.csv:2'],
    ],
    ['all actions that there are', `p, a, run, read\np, a, run, *\n${held('a')}`, ['duplicate policy.csv:2']],
    [
      'an allowance within a denial',
      `p, a, graph, read\np, a, graph, *, deny\n${held('a')}`,
      ['unreachable policy.csv:1'],
    ],
    [
      'a denial within a denial',
      `p, a, *, *, deny\np, b, graph, *, deny\ng, b, a\n${held('b')}`,
      ['unreachable policy.csv:2'],
    ],
  ])('%s', async (_what, policy, expected) => {
    expect(await found(policy)).toEqual(expected);
  });

  test.each<[string, string]>([
    ['a denial within an allowance', `p, a, *, *\np, a, graph, read, deny\n${held('a')}`],
    ['rules that overlap', `p, a, graph, *\np, a, *, read\n${held('a')}`],
    ['a role, and one that has other rights', `p, a, graph, read\np, b, graph, read\n${held('a', 'b')}`],
  ])('not: %s', async (_what, policy) => {
    expect(await found(policy)).toEqual([]);
  });

  test('where the first that matches decides, what comes after one that matches more', async () => {
    const model = builtInModel.replace(/^e = .*$/m, 'e = priority(p.eft) || deny');
    const policy = `p, a, graph, read, deny
p, a, graph, *, allow
p, a, graph, stop, deny
p, a, graph, fix, allow
${held('a')}`;
    expect(await found(policy, model)).toEqual(['unreachable policy.csv:3', 'unreachable policy.csv:4']);
  });
});

describe('names that are idle', () => {
  test('a role that no line gives to a principal', async () => {
    const policy = 'p, a, graph, read\np, b, run, read\ng, b, a\n';
    expect(await found(policy)).toEqual(['nobody-has policy.csv:1', 'nobody-has policy.csv:2']);
    expect(await found(`${policy}g, user:alice, b\n`)).toEqual([]);
  });

  test('a role that no rule speaks of', async () => {
    const policy = 'p, editor, graph, read\ng, user:alice, editor\ng, user:bob, edtior\n';
    expect(await found(policy)).toEqual(['gives-nothing policy.csv:3']);
  });

  test('a principal that nobody can be', async () => {
    expect(await found('p, user#acme, graph, read\n')).toEqual(['nobody-is policy.csv:1']);
    expect(await found('p, user#acme|alice, graph, read\n')).toEqual([]);
  });
});

describe('what is open to everybody', () => {
  test.each<[string, string, RegExp]>([
    ['everything', 'p, *, *, *', /do everything$/],
    ['what changes something', 'p, *, threads, *', /do checkpointer:write, checkpointer:delete, checkpointer:share$/],
    ['what is for administrators', 'p, *, policy, read', /do policy:read$/],
  ])('%s', async (_what, policy, message) => {
    const [finding, ...others] = lintPolicy(await inspectedOf(policy));
    expect([finding?.kind, finding?.message, others]).toEqual(['open', expect.stringMatching(message), []]);
  });

  test('not what only reads or runs, nor what is denied again', async () => {
    expect(await found('p, *, graph, invoke\np, *, threads, read\n')).toEqual([]);
    const denied = 'p, *, threads, *\np, *, *, write, deny\np, *, *, delete, deny\np, *, *, share, deny\n';
    expect(await found(denied)).toEqual([]);
  });
});
