import {
  createApiKeyAuth,
  createBasicAuth,
  createConfiguredUses,
  createCustomAuth,
  createIssuedKeys,
  createJwtAuth,
  createLogin,
  createOAuthAuth,
  type FindConfigured,
  type Login,
  localAdministrator,
} from '@agentflow/authentication';
import type { ApiKeyIssuer, ConfiguredAuth } from '@agentflow/core';
import type { AuthConfiguration } from '../configuration/schema.js';
import { type Create, ownDeadlineMilliseconds } from './create-backend.js';
import { fromPlugin } from './from-plugin.js';
import { mayAdminister } from './may-administer.js';
import { noKeyMakers } from './no-key-makers.js';
import { createTriedPasswords, noUsers } from './tried-passwords.js';

/**
 * A backend that may say by which role its principal is the administrator, where no `authorization` says otherwise; and what else there is
 * with it.
 */
export type MadeAuth = ConfiguredAuth & {
  readonly administratorRole?: string | undefined;
  readonly login?: Login;
  /** Where callers make keys of their own. */
  readonly apiKeys?: ApiKeyIssuer | undefined;
};

/** Where the name of a way to authenticate becomes its backend. `all` are those of one configuration. */
export function createAuthentication(
  all: readonly AuthConfiguration[],
  isAuthorizationOpen: boolean,
): Create<AuthConfiguration, MadeAuth> {
  const passwords = createTriedPasswords();
  const hasUsers = all.some(({ method }) => method === 'login');
  const mayBeAdministrator = (one: AuthConfiguration) => isAuthorizationOpen && mayAdminister(one, all);
  return async (options, surroundings, loader) => {
    switch (options.method) {
      case 'jwt': {
        const backend = await createJwtAuth(options, surroundings);
        return { name: 'jwt', backend, deadlineMilliseconds: ownDeadlineMilliseconds };
      }
      case 'api_key': {
        const { issued } = options;
        const createIssued =
          issued &&
          ((findConfigured: FindConfigured, keyCount: number) => {
            if (keyCount === 0 && all.length === 1) throw noKeyMakers(surroundings.path);
            return createIssuedKeys(issued, { surroundings, findConfigured });
          });
        const role = mayBeAdministrator(options) ? localAdministrator : undefined;
        const findUser = hasUsers ? async (id: string) => (await surroundings.openStores()).users.find(id) : undefined;
        const uses = createConfiguredUses(surroundings);
        const made = createApiKeyAuth(options, surroundings, role, { createIssued, findUser, uses });
        return { name: 'api_key', ...made, deadlineMilliseconds: ownDeadlineMilliseconds };
      }
      case 'oauth': {
        const backend = createOAuthAuth(options, surroundings);
        // Its own deadline comes first, and says who was waited for.
        return { name: 'oauth', backend, deadlineMilliseconds: options.deadline * 1000 + 500 };
      }
      case 'login': {
        const login = await createLogin(options, surroundings);
        const administratorRole = mayBeAdministrator(options) ? options.administrator_role : undefined;
        const { backend } = login;
        passwords.offer(login.signInByPassword);
        return { name: 'login', backend, login, administratorRole, deadlineMilliseconds: ownDeadlineMilliseconds };
      }
      case 'basic': {
        const backend = createBasicAuth(options, surroundings, () => {
          if (!hasUsers) throw noUsers(surroundings.path);
          return passwords.signIn;
        });
        return { name: 'basic', backend, deadlineMilliseconds: ownDeadlineMilliseconds };
      }
      case 'custom': {
        const backend = await fromPlugin(options.path, { surroundings, loader }, (plugin) =>
          createCustomAuth(options, plugin, surroundings),
        );
        return { name: options.path, backend, deadlineMilliseconds: options.deadline * 1000 };
      }
    }
  };
}
