import { createPrincipal, type StoredUser, UnavailableError } from '@agentflow/core';
import { expect, test } from 'vitest';
import { createUserTable, type UserTableParts } from './user-table.js';

const { tenant } = createPrincipal({ realm: 'local', subject: 'x' });

function createWorld() {
  const clockTime = { now: 1_000_000 };
  const clock = { now: () => clockTime.now, set: (time: number) => Object.assign(clockTime, { now: time }) };
  const alice: StoredUser = {
    ...{ id: 'usr_a', tenant, username: 'alice', roles: ['user'], passwordHash: 'h', passwordChangedAt: 1 },
    ...{ disabledAt: undefined, signedInAt: undefined, createdAt: 1, updatedAt: 1 },
  };
  const world = { user: alice as StoredUser | undefined, password: 'right', tried: [] as string[], revokedBefore: 0 };
  const parts: UserTableParts = {
    open: async () => ({ users: { findByName: async () => world.user } }),
    async prove({ password, address }) {
      world.tried.push(`${password} from ${address}`);
      if (world.user === undefined || world.user.disabledAt !== undefined || password !== world.password)
        return { kind: 'refused', reason: 'no' };
      return { kind: 'proved', user: world.user };
    },
    revocations: { isRevoked: ({ issuedAt }) => (issuedAt ?? 0) < world.revokedBefore },
    clock,
  };
  const table = createUserTable(parts);
  const ask = async (password: string, address = '192.0.2.1') =>
    (await table.find({ username: 'alice', password }, address)).kind;
  return { world, alice, clock, table, ask };
}

test('a password that was good is not tried again, and one that was not is, each time', async () => {
  const { world, ask } = createWorld();
  for (let count = 0; count < 5; count += 1) expect(await ask('right')).toBe('authenticated');
  expect(world.tried).toHaveLength(1);
  for (let count = 0; count < 3; count += 1) expect(await ask('wrong')).toBe('rejected');
  expect(world.tried).toHaveLength(4);
});

test('it is remembered where it came from, and is an attempt elsewhere', async () => {
  const { world, ask } = createWorld();
  for (const address of ['192.0.2.1', '192.0.2.2', '2001:db8::1', '192.0.2.1', '2001:db8::2']) {
    expect(await ask('right', address)).toBe('authenticated');
  }
  expect(world.tried).toEqual(['right from 192.0.2.1', 'right from 192.0.2.2', 'right from 2001:db8::1']);
});

test('who it is, is what the row says now', async () => {
  const { world, alice, table } = createWorld();
  const find = () => table.find({ username: 'alice', password: 'right' }, '192.0.2.1');
  expect(await find()).toMatchObject({
    principal: { realm: 'local', subject: 'usr_a', roles: ['user'], claims: { username: 'alice' } },
    evidence: { issuedAt: 1_000_000 },
  });
  world.user = { ...alice, roles: ['admin'] };
  expect(await find()).toMatchObject({ principal: { roles: ['admin'] } });
  expect(world.tried).toHaveLength(1);
});

test.each<[string, (world: ReturnType<typeof createWorld>['world'], alice: StoredUser) => unknown, string]>([
  ['disabled', (world, alice) => Object.assign(world, { user: { ...alice, disabledAt: 2 } }), 'rejected'],
  ['gone', (world) => Object.assign(world, { user: undefined }), 'rejected'],
  [
    'another under the same name',
    (world, alice) => Object.assign(world, { user: { ...alice, id: 'usr_b' } }),
    'authenticated',
  ],
  [
    'one with another password',
    (world, alice) => {
      world.user = { ...alice, passwordChangedAt: 2 };
      world.password = 'other';
    },
    'rejected',
  ],
])('of a user who is %s nothing is remembered', async (_what, change, then) => {
  const { world, alice, ask } = createWorld();
  await ask('right');
  change(world, alice);
  expect(await ask('right')).toBe(then);
  expect(world.tried).toHaveLength(2);
});

test('what was taken back is proved anew, and then is of now', async () => {
  const { world, clock, table } = createWorld();
  const find = () => table.find({ username: 'alice', password: 'right' }, '192.0.2.1');
  await find();
  clock.set(1_001_000);
  world.revokedBefore = 1_000_500;
  expect(await find()).toMatchObject({ kind: 'authenticated', evidence: { issuedAt: 1_001_000 } });
  expect(world.tried).toHaveLength(2);
});

test('of many at once one is proved; those from elsewhere are proved for themselves', async () => {
  const { world, ask } = createWorld();
  await Promise.all([...Array.from({ length: 10 }, () => ask('right')), ask('right', '192.0.2.2')]);
  expect(world.tried).toEqual(['right from 192.0.2.1', 'right from 192.0.2.2']);
});

test('what could not be found out is asked again', async () => {
  const { world, alice } = createWorld();
  let isAway = true;
  const table = createUserTable({
    open: async () => ({ users: { findByName: async () => alice } }),
    prove: async () => {
      if (isAway) throw new UnavailableError({ reason: 'away' });
      return { kind: 'proved', user: alice };
    },
    revocations: { isRevoked: () => false },
    clock: { now: () => 1 },
  });
  const proof = { username: 'alice', password: world.password };
  await expect(table.find(proof, 'x')).rejects.toBeInstanceOf(UnavailableError);
  isAway = false;
  expect(await table.find(proof, 'x')).toMatchObject({ kind: 'authenticated' });
});
