import { authenticated, BaseAuth, createPrincipal, localRealm } from '@agentflow/core';

/** The role of the one principal that there is without authentication. */
export const localAdministrator = 'administrator';

/** No authentication: every request that is let in at all is the one local principal's. Development only. */
class LocalAuth extends BaseAuth {
  readonly #everybody = authenticated(
    createPrincipal({ realm: localRealm, subject: 'local', roles: [localAdministrator] }),
  );

  authenticate() {
    return this.#everybody;
  }

  override describe(): string {
    return 'nobody is asked who they are';
  }
}

export function createLocalAuth(): BaseAuth {
  return new LocalAuth();
}
