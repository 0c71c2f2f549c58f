import { beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../log.js';
import type { TenantId } from '../principal.js';
import type { Revocation } from '../stores/revocation-store.js';
import type { NewUser, StoredUser, UserChanges } from '../stores/user-store.js';
import {
  createUserAdministration,
  type UserAdministration,
  type UserAdministrationParts,
  UserFaultError,
} from './user-administration.js';

const alice: StoredUser = {
  ...{ id: 'usr_alice', tenant: 'default' as TenantId, username: 'alice', roles: ['user', 'admin'] },
  ...{ passwordHash: 'x', passwordChangedAt: 1, disabledAt: undefined, signedInAt: undefined },
  ...{ createdAt: 1, updatedAt: 1 },
};

const word: Revocation = { kind: 'session', sessionId: 'ses_1', expiresAt: undefined };

let added: NewUser[];
/** In the order in which it was done. */
let done: string[];
let administration: UserAdministration;

beforeEach(() => {
  added = [];
  done = [];
  const note = (what: string) => void done.push(what);
  administration = createUserAdministration({
    open: async () => ({
      users: {
        add: async (user: NewUser) => {
          added.push(user);
          return { ...alice, ...user };
        },
        addFirst: async (user: NewUser) => void added.push(user),
        update: async (id: string, changes: UserChanges) => {
          note(`${id} changed: ${JSON.stringify(changes)}`);
          return id === alice.id ? { user: { ...alice, roles: ['kept'] }, ended: [word] } : undefined;
        },
        delete: async () => note('the user deleted'),
      },
      belongings: {
        delete: async () => {
          note('belongings deleted');
          return { fileIds: ['a', 'b'] };
        },
      },
    }),
    vault: {
      delete: async (fileId: string) => {
        note(`bytes of ${fileId} deleted`);
        if (fileId === 'a') throw new Error('the disk is away');
      },
    },
    hasher: { findFault: () => undefined, hash: async () => 'hash' },
    revocations: {
      apply: (words: readonly Revocation[]) => note(`in force here: ${words.map(({ kind }) => kind).join()}`),
      revoke: async ([first]: readonly Revocation[]) =>
        note(`revoked for ${first?.expiresAt === undefined ? 'good' : 'a time'}: ${first?.kind}`),
    },
    companions: [{ name: 'keys', delete: async () => note('keys deleted') }],
    heardEverywhere: async () => note('heard everywhere'),
    log: silentLog,
  } as unknown as UserAdministrationParts);
});

describe('a change', () => {
  test('is in force here as soon as it is kept', async () => {
    expect(await administration.change(alice, { roles: ['chief'] })).toMatchObject({ roles: ['kept'] });
    expect(done).toEqual(['usr_alice changed: {"roles":["chief"]}', 'in force here: session']);
  });

  test('of nobody is none', async () => {
    expect(await administration.change({ ...alice, id: 'usr_gone' }, { isDisabled: true })).toBeUndefined();
    expect(done).toEqual(['usr_gone changed: {"isDisabled":true}']);
  });

  test.each(['', 'a b', 'a:b'])('of the name to %j is refused before anything is done', async (username) => {
    await expect(administration.change(alice, { username })).rejects.toThrow(UserFaultError);
    expect(done).toEqual([]);
  });
});

test('whoever is deleted is let in nowhere any more before anything of theirs goes', async () => {
  await administration.delete(alice);
  expect(done).toEqual([
    'usr_alice changed: {"isDisabled":true}',
    'in force here: session',
    'revoked for good: principal',
    'heard everywhere',
    'keys deleted',
    'belongings deleted',
    'bytes of a deleted',
    'bytes of b deleted',
    'the user deleted',
  ]);
});

describe('a user', () => {
  const fields = { username: 'bob', password: 'a password', roles: ['user'] };

  test.each(['', 'a\u001b[31mtenant', 'a\nb', '\ud800', 'x'.repeat(256)])(
    'is not made in a tenant that nobody can be of: %j',
    async (tenant) => {
      const wanted = { ...fields, tenant: tenant as TenantId };
      for (const make of [administration.add(wanted), administration.addFirst(wanted)]) {
        const fault = await make.catch((error: unknown) => error);
        expect(fault).toBeInstanceOf(UserFaultError);
        expect(fault).toMatchObject({ field: 'tenant' });
      }
      expect(added).toEqual([]);
    },
  );

  test.each(['default', 'x'.repeat(255), 'a tenant'])('is made in any other: %j', async (tenant) => {
    await administration.add({ ...fields, tenant: tenant as TenantId });
    expect(added).toMatchObject([{ username: 'bob', tenant }]);
  });
});
