import { setTimeout as delay } from 'node:timers/promises';
import type { Login } from '@agentflow/authentication';
import { createUserAdministration, type LoginParts } from '@agentflow/core';
import type { Ground } from './foundation.js';
import { userCompanions } from './user-companions.js';

/** Every process looks for what was taken back three times as often. */
export const heardMilliseconds = 1_000;

/** What signs people in, with what the routes need beside it. */
export function completeLogin(
  login: Login,
  { lazyStores, vault, revocations, log }: Pick<Ground, 'lazyStores' | 'vault' | 'revocations' | 'log'>,
): LoginParts {
  const { hasher } = login;
  const open = () => lazyStores.open();
  const companions = userCompanions(open);
  const administration = createUserAdministration({
    ...{ open, vault, hasher, revocations, companions, log },
    heardEverywhere: () => delay(heardMilliseconds),
  });
  return {
    ...login,
    administration,
    companions,
    methods: { password: true, providers: login.providerSignIn?.providers ?? [] },
  };
}
