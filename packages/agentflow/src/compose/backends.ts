import {
  createApiKeyAuth,
  createCustomAuth,
  createJwtAuth,
  createLocalAuth,
  createOAuthAuth,
  localAdministrator,
} from '@agentflow/authentication';
import {
  createCasbinAuthorization,
  createCustomAuthorization,
  createInsecureAllowAllAuthorization,
  createOwnershipAuthorization,
  createRolesAuthorization,
} from '@agentflow/authorization';
import {
  ConfigurationError,
  type ConfiguredAuth,
  type ConfiguredAuthorization,
  type ForeignScopes,
  type ServingSurroundings,
} from '@agentflow/core';
import type { AuthConfiguration, AuthorizationConfiguration, Configuration } from '../configuration/schema.js';
import type { Loader } from '../load/load-export.js';
import type { CandidatePolicy } from './candidate-policy.js';
import { compileScopes } from './compile-scopes.js';
import { addShadow } from './shadow.js';

/*
 * Where the name of a backend becomes the backend. What serves asks what a backend can do, never what it is called; only the
 * configuration's schema and its examples know the names too.
 */

/** For backends of ours that answer with a promise: they do nothing that takes long. */
const ownDeadlineMilliseconds = 5_000;

interface ChosenBackends {
  readonly authentication: readonly ConfiguredAuth[];
  readonly authorization: readonly ConfiguredAuthorization[];
}

export interface Backends extends ChosenBackends {
  readonly foreignScopes: ForeignScopes;
}

export interface BackendParts {
  readonly loader: Loader;
  /** But for the path, which is each backend's own. */
  readonly surroundings: Omit<ServingSurroundings, 'path'>;
  /** Where the options of one of several backends stand in the file. */
  readonly pathOf: (key: 'auth' | 'authorization', index: number) => readonly (string | number)[];
  /** A candidate that is asked beside the policy. */
  readonly shadow?: CandidatePolicy | undefined;
}

/** @throws {ConfigurationError} with the faults of all of them */
export async function createBackends(
  { auth, authorization, scopes }: Configuration,
  { loader, surroundings, pathOf, shadow }: BackendParts,
): Promise<Backends> {
  const { foreignScopes, faults } = compileScopes(scopes, surroundings.guarded);
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
  const configured = authorization && (await collect('authorization', authorization, createAuthorization));
  const backends =
    auth === undefined
      ? localBackends(configured)
      : guardedBackends(
          // One shared key, and nothing that says what its bearer may do: they may do everything.
          await collect('auth', auth, createAuthentication(configured === undefined && auth.length === 1)),
          configured,
        );
  if (faults.length > 0) throw new ConfigurationError(faults);
  if (shadow === undefined) return { ...backends, foreignScopes };
  const shadowed = await addShadow(backends.authorization, authorization, shadow, surroundings);
  return { ...backends, authorization: shadowed, foreignScopes };
}

type Create<C, B> = (options: C, surroundings: ServingSurroundings, loader: Loader) => Promise<B>;

/** Without `auth`: one local principal, who may do everything that an `authorization` in the file does not forbid. */
function localBackends(configured: readonly ConfiguredAuthorization[] | undefined): ChosenBackends {
  return {
    authentication: [{ name: 'none', backend: createLocalAuth(), deadlineMilliseconds: ownDeadlineMilliseconds }],
    authorization: configured ?? [ownership(localAdministrator)],
  };
}

function guardedBackends(
  authentication: readonly MadeAuth[],
  configured: readonly ConfiguredAuthorization[] | undefined,
): ChosenBackends {
  return { authentication, authorization: configured ?? [ownership(authentication[0]?.administratorRole)] };
}

function ownership(administratorRole: string | undefined): ConfiguredAuthorization {
  const options = { method: 'ownership', administrator_role: administratorRole } as const;
  return { ...own('ownership', createOwnershipAuthorization(options)), reachesTenant: readReach(options) };
}

/** Who sees what is others': everybody, or whoever has the administrator's role. */
function readReach(options: {
  readonly isolation?: 'owner' | 'none' | undefined;
  readonly administrator_role?: string | undefined;
}): ConfiguredAuthorization['reachesTenant'] {
  const { isolation, administrator_role: role } = options;
  if (isolation === 'none') return () => true;
  return role === undefined ? undefined : ({ roles }) => roles.includes(role);
}

function announceIsolation(
  { isolation }: { readonly isolation?: 'owner' | 'none' | undefined },
  surroundings: ServingSurroundings,
): void {
  if (isolation !== 'none') return;
  surroundings.announce(
    'INSECURE: isolation "none" shows EVERYBODY the threads of everybody else in their tenant, to read, change and delete.',
  );
}

/** A backend that may say by which role its principal is the administrator, where no `authorization` says otherwise. */
type MadeAuth = ConfiguredAuth & { readonly administratorRole?: string | undefined };

function createAuthentication(mayAdminister: boolean): Create<AuthConfiguration, MadeAuth> {
  return async (options, surroundings, loader) => {
    switch (options.method) {
      case 'jwt': {
        const backend = await createJwtAuth(options, surroundings);
        return { name: 'jwt', backend, deadlineMilliseconds: ownDeadlineMilliseconds };
      }
      case 'api_key': {
        const made = createApiKeyAuth(options, surroundings, mayAdminister ? localAdministrator : undefined);
        return { name: 'api_key', ...made, deadlineMilliseconds: ownDeadlineMilliseconds };
      }
      case 'oauth': {
        const backend = createOAuthAuth(options, surroundings);
        return { name: 'oauth', backend, deadlineMilliseconds: options.deadline * 1000 };
      }
      case 'custom': {
        const plugin = await loader.instantiate(options.path, [...surroundings.path, 'path']);
        const backend = createCustomAuth(options, plugin, surroundings);
        return { name: options.path, backend, deadlineMilliseconds: options.deadline * 1000 };
      }
    }
  };
}

const createAuthorization: Create<AuthorizationConfiguration, ConfiguredAuthorization> = async (
  options,
  surroundings,
  loader,
) => {
  switch (options.method) {
    case 'ownership':
      announceIsolation(options, surroundings);
      return { ...own('ownership', createOwnershipAuthorization(options)), reachesTenant: readReach(options) };
    case 'roles':
      announceIsolation(options, surroundings);
      return { ...own('roles', createRolesAuthorization(options, surroundings)), reachesTenant: readReach(options) };
    case 'casbin':
      return own('casbin', await createCasbinAuthorization(options, surroundings));
    case 'insecure-allow-all':
      return own('insecure-allow-all', createInsecureAllowAllAuthorization(surroundings));
    case 'custom': {
      const plugin = await loader.instantiate(options.path, [...surroundings.path, 'path']);
      const backend = createCustomAuthorization(options, plugin, surroundings);
      return { name: options.path, backend, deadlineMilliseconds: options.deadline * 1000 };
    }
  }
};

function own(name: string, backend: ConfiguredAuthorization['backend']): ConfiguredAuthorization {
  return { name, backend, deadlineMilliseconds: ownDeadlineMilliseconds };
}
