import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const builtLog = new URL('../../packages/agentflow/dist/log/json-log.js', import.meta.url).href;

/** A program that has the log, and what it has printed on standard output so far. */
function run(program: string) {
  const source = `import { createJsonLog } from ${JSON.stringify(builtLog)}; const log = createJsonLog(); ${program}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    printed += text;
  });
  return { ended: once(child, 'close'), messages: () => messagesOf(printed) };
}

const messagesOf = (printed: string): readonly string[] =>
  printed
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line).msg);

const numbers = Array.from({ length: 2_000 }, (_, index) => String(index));
const logNumbers = `for (let index = 0; index < ${numbers.length}; index += 1) log.info({ index }, String(index));`;

test.each([
  ['that ends', ''],
  ['that is told to end at once', 'process.exit(0);'],
  ['that fails', 'throw new Error("nobody catches it");'],
  ['that fails later', 'setTimeout(() => { log.info({}, "2000"); null.field; }, 50);'],
])('a process %s has logged every line, in order', { timeout: 60_000 }, async (what, end) => {
  const process = run(logNumbers + end);
  await process.ended;
  expect(process.messages()).toEqual(what === 'that fails later' ? [...numbers, '2000'] : numbers);
});

test('a line that no other follows is written while the process goes on', { timeout: 60_000 }, async () => {
  const process = run('log.info({}, "alone"); setInterval(() => undefined, 1_000_000);');
  await expect.poll(process.messages).toEqual(['alone']);
});
