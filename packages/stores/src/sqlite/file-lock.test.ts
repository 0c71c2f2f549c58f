import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { HeldLockError, withFileLock } from './file-lock.js';

function lockFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'agentflow-lock-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'lock');
}

const patient = { maxWaitMilliseconds: 60_000 };
const impatient = { maxWaitMilliseconds: 0 };

test('one at a time, and it is given back, also by work that fails', async () => {
  const file = lockFile();
  let inside = 0;
  let most = 0;
  const work = async () => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 5 }, () => withFileLock(file, work, patient)));
  expect([inside, most]).toEqual([0, 1]);
  await expect(withFileLock(file, () => Promise.reject(new Error('no')), patient)).rejects.toThrow('no');
  expect(await withFileLock(file, () => Promise.resolve('done'), impatient)).toBe('done');
});

test('another process holds it for as long as it lives, and not a moment longer', { timeout: 60_000 }, async () => {
  const file = lockFile();
  const holder = spawn(
    process.execPath,
    [
      '--eval',
      `const { DatabaseSync } = require('@photostructure/sqlite');
       const lock = new DatabaseSync(process.argv[1]);
       lock.exec('begin exclusive');
       process.stdout.write('held');
       setInterval(() => lock, 1_000_000);`,
      file,
    ],
    { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(holder, 'exit');
  onTestFinished(() => void holder.kill('SIGKILL'));
  await once(holder.stdout, 'data');
  const work = () => Promise.resolve('done');
  await expect(withFileLock(file, work, impatient)).rejects.toThrow(HeldLockError);
  holder.kill('SIGKILL');
  await ended;
  expect(await withFileLock(file, work, impatient)).toBe('done');
});

test('a file that is none of its own is a failure, and nothing to wait for', async () => {
  const work = () => Promise.resolve('done');
  await expect(withFileLock(import.meta.filename, work, patient)).rejects.toMatchObject({ code: 'ERR_SQLITE_ERROR' });
});
