import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BackendSurroundings, ConfigurationError, systemClock } from '@agentflow/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { choosePeppers } from './peppers.js';

let dataDirectory: string;
beforeEach(() => {
  dataDirectory = mkdtempSync(join(tmpdir(), 'agentflow-pepper-'));
});
afterEach(() => rmSync(dataDirectory, { recursive: true }));

const ground = (more: object = {}) => {
  return {
    dataDirectory,
    database: { kind: 'sqlite', file: '' },
    mode: 'production',
    data: 'directory',
    ...more,
  } as const;
};

const choose = (environment: Readonly<Record<string, string>> = {}, more: object = {}) =>
  choosePeppers(
    {
      ...{ directory: dataDirectory, path: ['auth', 1], environment, isLiteral: () => false, clock: systemClock },
      ...{ strict: true, warn: () => undefined },
    } satisfies BackendSurroundings,
    ground(more),
  );

function faultOf(work: () => unknown): string {
  try {
    work();
    return 'none';
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.faults.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  }
}

const file = () => join(dataDirectory, 'pepper');

test('is made once, for its owner alone, and stays', () => {
  const first = choose().current.id;
  expect(choose().current.id).toBe(first);
  expect(readdirSync(dataDirectory)).toEqual(['pepper']);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  expect(readFileSync(file(), 'utf8')).toMatch(/^[\da-f]{64}\n$/);
});

test('one that cannot be read is a fault, with its place', () => {
  mkdirSync(file());
  expect(faultOf(() => choose())).toBe(`: the pepper ${file()} cannot be read or made (EISDIR)`);
});

test.each([
  ['nothing', ''],
  ['half of it', 'ab12'],
])('a file that holds %s is not taken for one', (_what, text) => {
  writeFileSync(file(), text);
  expect(faultOf(() => choose())).toMatch(/^auth\.1: .*pepper has \d bytes; a pepper needs at least 32/);
});

test('where nothing may be left behind, there is one for this time', () => {
  expect(choose({}, { data: 'memory' }).current.id).toMatch(/^[\da-f]{8}$/);
  expect(readdirSync(dataDirectory)).toEqual([]);
});

test('on PostgreSQL in production it must be set, the same for all', () => {
  const postgres = { database: { kind: 'postgres' } };
  expect(faultOf(() => choose({}, postgres))).toContain('AGENTFLOW_PEPPER is not set');
  const set = { AGENTFLOW_PEPPER: 'c2a94f1be07d8356a1f0947be2d65c83f90e17ab44d2c6581b3e7f09' };
  expect(choose(set, postgres).current.id).toBe(choose(set).current.id);
  expect(faultOf(() => choose({ AGENTFLOW_PEPPER: 'short' }, postgres))).toContain('AGENTFLOW_PEPPER has 5 bytes');
});

test('one that was before is still known, and nothing is made with it', () => {
  const [old, next] = [
    '7d0e62b8c3f1954ad86e20f7b1a53c9e0f48d7264be1930c',
    'c2a94f1be07d8356a1f0947be2d65c83f90e17ab44d2c658',
  ];
  const before = choose({ AGENTFLOW_PEPPER: old }).current;
  const both = choose({ AGENTFLOW_PEPPER: next, AGENTFLOW_PEPPER_PREVIOUS: old });
  expect(both.current.id).not.toBe(before.id);
  expect(both.find(before.id)?.mac('a', 'b')).toEqual(before.mac('a', 'b'));
  expect(both.find('00000000')).toBeUndefined();
});
