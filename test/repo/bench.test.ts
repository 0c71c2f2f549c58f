import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

/* What a bench says of time means nothing here; that it still fits the product, and that nothing it asks goes wrong, does. */

const folder = new URL('../../bench/', import.meta.url);

interface Result {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly text: string;
}

async function runSmall(name: string): Promise<Result> {
  const script = `
    const { run, small } = await import(${JSON.stringify(new URL(`${name}.bench.mjs`, folder).href)});
    process.stdout.write(JSON.stringify(await run(small)));
    process.exit(0);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  return JSON.parse(stdout) as Result;
}

test('every bench is run here', () => {
  expect(readdirSync(folder).filter((file) => file.endsWith('.mjs'))).toEqual([
    'decisions.bench.mjs',
    'leases.bench.mjs',
    'lists.bench.mjs',
    'request-path.bench.mjs',
  ]);
});

describe('request-path', () => {
  test('every request is answered and audited', { timeout: 60_000 }, async () => {
    const { rows, text } = await runSmall('request-path');
    expect(rows.map((row) => row['case'])).toEqual(['bare', 'bare again', 'whole path']);
    // One to learn the answer's size, a round to warm up, and the round itself.
    expect(text).toContain(`${1 + 64 + 64} audited`);
  });
});

describe('decisions', () => {
  test('all four decide alike, at each size', { timeout: 60_000 }, async () => {
    const { rows } = await runSmall('decisions');
    const cases = ['compiled', 'map', 'casbin.enforceSync', 'casbin.enforce'];
    const expected = [10, 100].flatMap((rules) =>
      ['allowed', 'denied'].flatMap((outcome) => cases.map((name) => ({ case: name, rules, outcome }))),
    );
    expect(rows).toMatchObject(expected);
    for (const row of rows) {
      const others = cases.filter((name) => name !== row['case']);
      expect(Object.keys(Object(row['timesFasterThan']))).toEqual(others);
    }
  });
});

describe('leases', () => {
  test('each cause ends all that it is to end, and with its own reason', { timeout: 60_000 }, async () => {
    const { rows } = await runSmall('leases');
    expect(rows.map((row) => [row['case'], row['ends'], row['codes']])).toEqual([
      ['a token that expires', 2, ['TOKEN_EXPIRED']],
      ['a revocation that is told', 2, ['AUTH_REQUIRED']],
      ['a revocation that is found', 2, ['AUTH_REQUIRED']],
      ['another configuration', 2, ['AUTH_REQUIRED']],
      ['a policy in a file', 2, ['ACCESS_DENIED']],
      ['a policy in the database, changed elsewhere', 2, ['ACCESS_DENIED']],
      ['looks', undefined, undefined],
    ]);
  });
});

describe('lists', () => {
  test('each lists its own, among few and among many', { timeout: 60_000 }, async () => {
    const { rows } = await runSmall('lists');
    const sqlite = rows.filter((row) => row['database'] === 'SQLite');
    expect(sqlite.map((row) => [row['list'], row['threads']])).toEqual([
      ['all', 100],
      ['all', 1_000],
      ['filtered', 100],
      ['filtered', 1_000],
    ]);
    // Beside it, PostgreSQL where it is there.
    expect([4, 8]).toContain(rows.length);
  });
});
