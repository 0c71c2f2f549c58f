import { expect, test } from 'vitest';
import { ValidationError } from '../../errors.js';
import { localRealm, type SubjectId, type TenantId } from '../../principal.js';
import type { StoredUser } from '../../stores/user-store.js';
import type { Call } from './call.js';
import { createSessionHandlers, type SessionParts } from './sessions.js';

const owner = { tenant: 'default' as TenantId, realm: localRealm, subject: 'usr_eve' as SubjectId };

const theirs = { loc: ['body', 'currentPassword'], msg: 'is not your password', type: 'password' };

/** One user, kept as a database would, whose password changes while another is hashed. */
function createAccount(whileHashing: (user: StoredUser) => StoredUser) {
  let user = {
    id: 'usr_eve',
    tenant: owner.tenant,
    username: 'eve',
    passwordHash: 'old',
    passwordChangedAt: 1,
  } as StoredUser;
  const told: string[] = [];
  const parts = {
    stores: {
      users: {
        find: async () => user,
        changePassword: async (proved: StoredUser, passwordHash: string) => {
          const isTheirs = user.passwordChangedAt === proved.passwordChangedAt && user.disabledAt === undefined;
          if (!isTheirs) return undefined;
          user = { ...user, passwordHash };
          return ['others ended'];
        },
        update: async (_id: string, changes: object) => {
          user = { ...user, ...changes };
        },
      },
    },
    revocations: { apply: (words: readonly string[]) => told.push(...words) },
    login: {
      hasher: {
        findFault: () => undefined,
        hash: async (password: string) => {
          user = whileHashing(user);
          return `hash of ${password}`;
        },
      },
      signInByPassword: async () => ({ kind: 'proved', user }),
    },
  } as unknown as SessionParts;
  const call = {
    ...{ owner, body: { currentPassword: 'old', newPassword: 'another' }, caller: { evidence: {} } },
    recordChange: (event: string) => told.push(event),
  } as unknown as Call;
  return { change: async () => createSessionHandlers(parts).changePassword(call), now: () => user, told };
}

test('one changes the own password', async () => {
  const { change, now, told } = createAccount((user) => user);
  await change();
  expect([now().passwordHash, told]).toEqual(['hash of another', ['others ended', 'password-changed']]);
});

test.each([
  ['set another', (user: StoredUser) => ({ ...user, passwordHash: 'reset', passwordChangedAt: 2 })],
  ['disabled them', (user: StoredUser) => ({ ...user, passwordHash: 'reset', disabledAt: 2 })],
])('what an administrator has done meanwhile stays: %s', async (_what, byAdministrator) => {
  const { change, now, told } = createAccount(byAdministrator);
  const refusal = await change().then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(refusal).toEqual(new ValidationError([theirs]));
  expect([now().passwordHash, told]).toEqual(['reset', []]);
});
