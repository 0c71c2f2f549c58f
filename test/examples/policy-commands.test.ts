import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Clone, createClone, followGuide, parseGuide } from '../harness/guide.js';
import { root } from '../harness/project.js';

/* What the guide shows of `agentflow policy` is what it prints, from the first letter to the last. */

const file = 'examples/casbin/README.md';
const guide = parseGuide(readFileSync(join(root, file), 'utf8'));
const steps = guide.filter(({ commands }) => commands.includes('agentflow policy'));

let clone: Clone;
// Some of them tell what a server has recorded: so all that the guide says has been done.
beforeAll(async () => {
  clone = createClone();
  await followGuide(file, clone, AbortSignal.timeout(170_000));
}, 180_000);
afterAll(() => clone.remove());

test('the guide shows each of the commands', () => {
  const shown = new Set(steps.map(({ commands }) => /agentflow policy ([\w-]+)/.exec(commands)?.[1]));
  expect(shown).toEqual(new Set(['diff', 'explain', 'lint', 'test', 'who-can']));
});

test.concurrent.each(steps)('$commands', { timeout: 60_000 }, async ({ commands, expected }) => {
  expect(await outputOf(commands)).toBe(expected);
});

function outputOf(commands: string): Promise<string> {
  const child = spawn('sh', ['-c', commands], { cwd: clone.directory, env: { ...process.env, NO_COLOR: '1' } });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return new Promise((resolve) => child.once('close', () => resolve(text)));
}
