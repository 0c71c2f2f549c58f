import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

/* What a bench says of time means nothing here; that it still fits the product, and that nothing it asks goes wrong, does. */

const folder = new URL('../../bench/', import.meta.url);

interface Result {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** Where a bench measures twice. */
  readonly rowsOverHttp?: Result['rows'];
  readonly audited?: number;
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
    'key-refusals.bench.mjs',
    'leases.bench.mjs',
    'limits.bench.mjs',
    'lists.bench.mjs',
    'logins.bench.mjs',
    'request-path.bench.mjs',
    'sign-in.bench.mjs',
  ]);
});

describe('limits', () => {
  test('every one is counted, also where the counters hang', { timeout: 60_000 }, async () => {
    const { rows } = await runSmall('limits');
    expect(rows.map((row) => [row['case'], row['isCounted']])).toEqual([
      ['hangs: the first', true],
      ['hangs: after them', true],
    ]);
  });
});

describe('logins', () => {
  test('every one of a flood is answered, and nobody else is refused', { timeout: 60_000 }, async () => {
    const { rows } = await runSmall('logins');
    const [, flood] = rows as readonly { done?: Record<string, number>; health: unknown; me: unknown }[];
    const answered = Object.entries(flood?.done ?? {});
    expect(answered.reduce((sum, [, count]) => sum + count, 0)).toBe(60);
    expect(
      answered.map(([status]) => status).filter((status) => !['200', '401', '429', '503'].includes(status)),
    ).toEqual([]);
    for (const row of rows) expect([row['health'], row['me']]).toMatchObject([{ refused: 0 }, { refused: 0 }]);
  });
});

test('sign-in: every kind of failure is refused', { timeout: 60_000 }, async () => {
  const { rows } = await runSmall('sign-in');
  expect(rows.map((row) => [row['case'], row['refused']])).toEqual(
    ['there', 'unknown', 'disabled', 'without', 'locked, there', 'locked, unknown'].map((kind) => [kind, 3]),
  );
});

describe('request-path', () => {
  test('every request is answered and audited', { timeout: 60_000 }, async () => {
    const { rows, audited } = await runSmall('request-path');
    const cases = ['bare Koa', 'bare Koa again', 'whole path', 'without limits'];
    expect(rows.map((row) => [row['case'], row['connections']])).toEqual(
      [32, 1].flatMap((connections) => cases.map((name) => [name, connections])),
    );
    // One to learn the answer's size; and of both numbers of connections, a round to warm up and the round itself.
    expect(audited).toBe(1 + 2 * (64 + 64));
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

describe('key-refusals', () => {
  test('each kind of bad key is refused, and each two are compared', { timeout: 60_000 }, async () => {
    const { rows, rowsOverHttp } = await runSmall('key-refusals');
    const kinds = ['unknown', 'wrong', 'revoked', 'ended'];
    const pairs = kinds.flatMap((one, index) => kinds.slice(index + 1).map((other) => ({ one, other })));
    for (const compared of [rows, rowsOverHttp ?? []]) {
      expect(compared).toMatchObject(pairs);
      for (const { p } of compared) expect(p).toBeGreaterThanOrEqual(0);
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
