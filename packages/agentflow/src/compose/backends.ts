import { createCustomAuth, createJwtAuth, createLocalAuth, localAdministrator } from '@agentflow/authentication';
import { createCustomAuthorization, createOwnershipAuthorization } from '@agentflow/authorization';
import {
  type BackendSurroundings,
  ConfigurationError,
  type ConfigurationFault,
  type ConfiguredAuth,
  type ConfiguredAuthorization,
} from '@agentflow/core';
import type { AuthConfiguration, AuthorizationConfiguration, Configuration } from '../configuration/schema.js';
import type { Loader } from '../load/load-export.js';

/*
 * The only list of backend names. What a new backend needs here is one case; everything else asks what a backend can do,
 * never what it is called.
 */

/** For backends of ours that answer with a promise: they do nothing that takes long. */
const ownDeadlineMilliseconds = 5_000;

export interface Backends {
  readonly authentication: readonly ConfiguredAuth[];
  readonly authorization: readonly ConfiguredAuthorization[];
}

/** @throws {ConfigurationError} with the faults of all of them */
export async function createBackends(
  { auth, authorization }: Configuration,
  loader: Loader,
  surroundings: BackendSurroundings,
): Promise<Backends> {
  const faults: ConfigurationFault[] = [];
  const collect = async <C, B>(list: readonly C[], create: (one: C) => Promise<B>): Promise<B[]> => {
    const made: B[] = [];
    for (const one of list) {
      try {
        made.push(await create(one));
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        faults.push(...error.faults);
      }
    }
    return made;
  };
  const backends =
    auth === undefined
      ? localBackends(await collect(authorization ?? [], (one) => createAuthorization(one, loader)))
      : {
          authentication: await collect(auth, (one) => createAuthentication(one, loader, surroundings)),
          authorization: await collect(authorization ?? [{ method: 'ownership' } as const], (one) =>
            createAuthorization(one, loader),
          ),
        };
  if (faults.length > 0) throw new ConfigurationError(faults);
  return backends;
}

/** Without `auth`: one local principal, who may do everything that an `authorization` in the file does not forbid. */
function localBackends(configured: readonly ConfiguredAuthorization[]): Backends {
  const backend = createOwnershipAuthorization({ method: 'ownership', administratorRole: localAdministrator });
  const own = { name: 'ownership', backend, deadlineMilliseconds: ownDeadlineMilliseconds };
  return {
    authentication: [{ name: 'none', backend: createLocalAuth(), deadlineMilliseconds: ownDeadlineMilliseconds }],
    authorization: configured.length > 0 ? configured : [own],
  };
}

async function createAuthentication(
  options: AuthConfiguration,
  loader: Loader,
  surroundings: BackendSurroundings,
): Promise<ConfiguredAuth> {
  switch (options.method) {
    case 'jwt': {
      const backend = await createJwtAuth(options, surroundings);
      return { name: 'jwt', backend, deadlineMilliseconds: ownDeadlineMilliseconds };
    }
    case 'custom': {
      const plugin = await loader.instantiate(options.path, ['auth']);
      const backend = createCustomAuth(options, plugin);
      return { name: options.path, backend, deadlineMilliseconds: options.deadline * 1000 };
    }
  }
}

async function createAuthorization(
  options: AuthorizationConfiguration,
  loader: Loader,
): Promise<ConfiguredAuthorization> {
  switch (options.method) {
    case 'ownership':
      return {
        name: 'ownership',
        backend: createOwnershipAuthorization(options),
        deadlineMilliseconds: ownDeadlineMilliseconds,
      };
    case 'custom': {
      const plugin = await loader.instantiate(options.path, ['authorization']);
      const backend = createCustomAuthorization(options, plugin);
      return { name: options.path, backend, deadlineMilliseconds: options.deadline * 1000 };
    }
  }
}
