import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeptSession } from '@agentflow/client';
import { withFileLock } from '@agentflow/stores/file-lock';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { credentialsPath, ExposedFileError } from './credentials-file.js';
import { readServerAddress, storedSession } from './stored-session.js';

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agentflow-credentials-'));
  file = join(folder, 'agentflow', 'credentials.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function session(name: string): KeptSession {
  return {
    ...{ token: `token-of-${name}`, expiresAt: '2026-01-01T00:15:00.000Z' },
    ...{ refreshToken: `refresh-of-${name}`, refreshExpiresAt: '2026-01-08T00:00:00.000Z', receivedAt: 0 },
    user: { id: name, username: name, roles: [], tenant: 'default' },
  };
}

describe('what agentflow login keeps', () => {
  test('each server has its own, in a file of its owner alone', async () => {
    const [one, other] = ['https://one.example', 'http://127.0.0.1:8000/'].map((server) => storedSession(server, file));
    expect(await one?.load()).toBeNull();
    await one?.save(session('alice'));
    await other?.save(session('bob'));
    expect(await one?.load()).toEqual(session('alice'));
    expect(await storedSession('http://127.0.0.1:8000', file).load()).toEqual(session('bob'));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'agentflow')).mode & 0o777).toBe(0o700);
    await one?.clear();
    expect([await one?.load(), await other?.load()]).toEqual([null, session('bob')]);
    expect(readFileSync(file, 'utf8')).not.toContain('token-of-alice');
  });

  test.each([0o640, 0o604, 0o660, 0o644, 0o620])(
    'a file with the rights %o is not read, and not written',
    async (mode) => {
      const store = storedSession('https://one.example', file);
      await store.save(session('alice'));
      chmodSync(file, mode);
      expect(() => store.load()).toThrow(ExposedFileError);
      await expect(store.save(session('bob'))).rejects.toThrow(ExposedFileError);
      chmodSync(file, 0o600);
      expect(await store.load()).toEqual(session('alice'));
    },
  );

  test('nor is what a link leads to, or what is no such file; and no error repeats it', async () => {
    const store = storedSession('https://one.example', file);
    await store.save(session('alice'));
    const real = join(folder, 'elsewhere.json');
    writeFileSync(real, '{"servers":{}}', { mode: 0o600 });
    rmSync(file);
    symlinkSync(real, file);
    expect(() => store.load()).toThrow(ExposedFileError);
    rmSync(file);
    writeFileSync(file, '{"servers": {"x": "token-of-alice"', { mode: 0o600 });
    expect(() => store.load()).toThrow(/is not what "agentflow login" writes/);
    expect(() => store.load()).not.toThrow(/token-of-alice/);
  });

  test('a folder that others could look into is closed', async () => {
    const store = storedSession('https://one.example', file);
    await store.save(session('alice'));
    chmodSync(join(folder, 'agentflow'), 0o755);
    await store.save(session('alice'));
    expect(statSync(join(folder, 'agentflow')).mode & 0o777).toBe(0o700);
  });

  test('where it lies: XDG_CONFIG_HOME, if it is absolute', () => {
    expect(credentialsPath({ XDG_CONFIG_HOME: '/somewhere' })).toBe('/somewhere/agentflow/credentials.json');
    for (const named of [undefined, '', 'relative']) {
      expect(credentialsPath({ XDG_CONFIG_HOME: named })).toMatch(/\/\.config\/agentflow\/credentials\.json$/);
    }
  });
});

describe('several at once', () => {
  const servers = Array.from({ length: 6 }, (_, index) => `https://server-${index}.example`);

  /** Somebody who holds a lock until the test lets go of it. */
  function holdLock(lock: string): Promise<() => Promise<void>> {
    return new Promise((held, failed) => {
      const work = () =>
        new Promise<void>((over) => {
          held(async () => {
            over();
            await holding;
          });
        });
      const holding = withFileLock(lock, work, { maxWaitMilliseconds: 0 });
      holding.catch(failed);
    });
  }

  test('who writes the session of one server puts back none of another', async () => {
    const stores = servers.map((server) => storedSession(server, file));
    await stores[0]?.save(session('former'));
    const letGo = await holdLock(`${file}.lock`);
    const saved = stores.map(async (store, index) => store.save(session(`user-${index}`)));
    expect(await stores[0]?.load()).toEqual(session('former'));
    await letGo();
    await Promise.all(saved);
    const kept = await Promise.all(stores.map(async (store) => store.load()));
    expect(kept).toEqual(servers.map((_, index) => session(`user-${index}`)));
    const cleared = stores.slice(1).map(async (store) => store.clear());
    await Promise.all([...cleared, stores[0]?.save(session('last'))]);
    expect(await Promise.all(stores.map(async (store) => store.load()))).toEqual([
      session('last'),
      ...servers.slice(1).map(() => null),
    ]);
  });

  test('of one server one renews at a time, and saves meanwhile; another server waits for none of them', async () => {
    const [one, same, other] = ['https://one.example', 'https://one.example/', 'https://other.example'].map((server) =>
      storedSession(server, file),
    );
    const order: string[] = [];
    let second: Promise<void> | undefined;
    await one?.exclusive?.(async () => {
      second = same?.exclusive?.(async () => void order.push('second'));
      await other?.exclusive?.(async () => void order.push('elsewhere'));
      await one.save(session('renewed'));
      order.push('first');
    });
    await second;
    expect([order, await one?.load()]).toEqual([['elsewhere', 'first', 'second'], session('renewed')]);
  });
});

test('where a server is', () => {
  expect(readServerAddress('https://Agents.Example.com:443/base/')).toBe('https://agents.example.com/base');
  expect(readServerAddress('http://localhost:8000')).toBe('http://localhost:8000');
  expect(readServerAddress('http://[::1]:8000')).toBe('http://[::1]:8000');
  for (const text of [
    'agents.example.com',
    'ftp://x.example',
    'https://a:b@x.example',
    'http://agents.example.com',
    '',
  ]) {
    expect(() => readServerAddress(text)).toThrow(Error);
  }
});
