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

export interface BackendParts {
  readonly loader: Loader;
  /** But for the path, which is each backend's own. */
  readonly surroundings: Omit<BackendSurroundings, 'path'>;
  /** Where the options of one of several backends stand in the file. */
  readonly pathOf: (key: 'auth' | 'authorization', index: number) => readonly (string | number)[];
}

/** @throws {ConfigurationError} with the faults of all of them */
export async function createBackends(
  { auth, authorization }: Configuration,
  { loader, surroundings, pathOf }: BackendParts,
): Promise<Backends> {
  const faults: ConfigurationFault[] = [];
  const collect = async <C, B>(
    key: 'auth' | 'authorization',
    list: readonly C[],
    create: Create<C, B>,
  ): Promise<B[]> => {
    const made: B[] = [];
    for (const [index, one] of list.entries()) {
      try {
        made.push(await create(one, { ...surroundings, path: pathOf(key, index) }, loader));
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        faults.push(...error.faults);
      }
    }
    return made;
  };
  const backends =
    auth === undefined
      ? localBackends(await collect('authorization', authorization ?? [], createAuthorization))
      : {
          authentication: await collect('auth', auth, createAuthentication),
          authorization: await collect(
            'authorization',
            authorization ?? [{ method: 'ownership' } as const],
            createAuthorization,
          ),
        };
  if (faults.length > 0) throw new ConfigurationError(faults);
  return backends;
}

type Create<C, B> = (options: C, surroundings: BackendSurroundings, loader: Loader) => Promise<B>;

/** Without `auth`: one local principal, who may do everything that an `authorization` in the file does not forbid. */
function localBackends(configured: readonly ConfiguredAuthorization[]): Backends {
  const backend = createOwnershipAuthorization({ method: 'ownership', administratorRole: localAdministrator });
  const own = { name: 'ownership', backend, deadlineMilliseconds: ownDeadlineMilliseconds };
  return {
    authentication: [{ name: 'none', backend: createLocalAuth(), deadlineMilliseconds: ownDeadlineMilliseconds }],
    authorization: configured.length > 0 ? configured : [own],
  };
}

const createAuthentication: Create<AuthConfiguration, ConfiguredAuth> = async (options, surroundings, loader) => {
  switch (options.method) {
    case 'jwt': {
      const backend = await createJwtAuth(options, surroundings);
      return { name: 'jwt', backend, deadlineMilliseconds: ownDeadlineMilliseconds };
    }
    case 'custom': {
      const plugin = await loader.instantiate(options.path, [...surroundings.path, 'path']);
      const backend = createCustomAuth(options, plugin, surroundings);
      return { name: options.path, backend, deadlineMilliseconds: options.deadline * 1000 };
    }
  }
};

const createAuthorization: Create<AuthorizationConfiguration, ConfiguredAuthorization> = async (
  options,
  surroundings,
  loader,
) => {
  switch (options.method) {
    case 'ownership':
      return {
        name: 'ownership',
        backend: createOwnershipAuthorization(options),
        deadlineMilliseconds: ownDeadlineMilliseconds,
      };
    case 'custom': {
      const plugin = await loader.instantiate(options.path, [...surroundings.path, 'path']);
      const backend = createCustomAuthorization(options, plugin, surroundings);
      return { name: options.path, backend, deadlineMilliseconds: options.deadline * 1000 };
    }
  }
};
