import { authenticated, createPrincipal, type StoredUser } from '@agentflow/core';
import { expect, test } from 'vitest';
import { asTheyAreNow, isOfUsers } from './users-of-keys.js';

const now = 1_800_000_000_000;
const clock = { now: () => now };
const bot = createPrincipal({ realm: 'local', subject: 'usr_bot', tenant: 'acme' });
const { tenant } = bot;
const evidence = { credentialId: 'k', isKey: true, expiresAt: now + 1 } as const;
const byBot = authenticated(createPrincipal({ realm: 'local', subject: 'usr_ann', tenant, actor: bot }), evidence);

const withUsers = (users: Readonly<Record<string, Partial<StoredUser>>>) => {
  const findUser = async (id: string) => {
    const user = users[id];
    return user && { tenant, disabledAt: undefined, ...user };
  };
  return asTheyAreNow(byBot, { findUser, clock });
};

test.each([
  ['whoever is acted for', 'usr_ann'],
  ['whoever acts', 'usr_bot'],
])('%s is disabled, however long ago: refused', async (_what, id) => {
  expect(await withUsers({ usr_ann: {}, usr_bot: {}, [id]: { disabledAt: 1 } })).toMatchObject({ kind: 'rejected' });
});

test('nobody is: the answer is of now, and else what it was', async () => {
  const elsewhere = {
    tenant: createPrincipal({ realm: 'local', subject: 'x', tenant: 'other' }).tenant,
    disabledAt: 1,
  };
  for (const users of [{ usr_ann: {}, usr_bot: {} }, {}, { usr_ann: elsewhere }]) {
    const answer = await withUsers(users);
    expect(answer).toMatchObject({ kind: 'authenticated', principal: byBot.principal, evidence });
    expect(answer).toHaveProperty('evidence.issuedAt', now + 5_000);
  }
});

test('who is called otherwise is nobody’s user here', () => {
  const of = (realm: string, subject: string) => isOfUsers(authenticated(createPrincipal({ realm, subject })));
  expect([isOfUsers(byBot), of('local', 'usr_x'), of('local', 'ci'), of('https://issuer.example', 'usr_x')]).toEqual([
    ...[true, true, false, false],
  ]);
});
