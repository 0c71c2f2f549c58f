import { createLocalAuth, type Login, localAdministrator } from '@agentflow/authentication';
import {
  createCasbinAuthorization,
  createCustomAuthorization,
  createInsecureAllowAllAuthorization,
  createOwnershipAuthorization,
  createRolesAuthorization,
} from '@agentflow/authorization';
import {
  ConfigurationError,
  type ConfiguredAuthorization,
  DeadlineError,
  type ForeignScopes,
  type IssuingSurroundings,
  withDeadline,
} from '@agentflow/core';
import type { AuthorizationConfiguration, Configuration } from '../configuration/schema.js';
import type { Loader } from '../load/load-export.js';
import type { CandidatePolicy } from './candidate-policy.js';
import { type Closable, discardBackends } from './close-backends.js';
import { compileScopes } from './compile-scopes.js';
import { createAuthentication, type MadeAuth } from './create-authentication.js';
import { type Create, ownDeadlineMilliseconds } from './create-backend.js';
import { fromPlugin } from './from-plugin.js';
import { orderFaults } from './order-faults.js';
import { secondLivePolicies } from './second-live-policies.js';
import { addShadow } from './shadow.js';

/*
 * Where the name of a backend becomes the backend. What serves asks what a backend can do, never what it is called; only the
 * configuration's schema and its examples know the names too.
 */

interface ChosenBackends {
  readonly authentication: readonly MadeAuth[];
  readonly authorization: readonly ConfiguredAuthorization[];
  /** What signs people in. */
  readonly login?: Login | undefined;
}

export interface Backends extends ChosenBackends {
  readonly foreignScopes: ForeignScopes;
}

export interface BackendParts {
  readonly loader: Loader;
  /** But for the path, which is each backend's own. */
  readonly surroundings: Omit<IssuingSurroundings, 'path'>;
  /** Where the options of one of several backends stand in the file. */
  readonly pathOf: (key: 'auth' | 'authorization', index: number) => readonly (string | number)[];
  /** A candidate that is asked beside the policy. */
  readonly shadow?: CandidatePolicy | undefined;
  /** How long the making of one may take. Absent: as long as it wants. */
  readonly deadlineMilliseconds?: number | undefined;
}

/** @throws {ConfigurationError} with the faults of all of them; those that were made are closed then */
export async function createBackends(
  { auth, authorization, scopes }: Configuration,
  parts: BackendParts,
): Promise<Backends> {
  const { foreignScopes, faults } = compileScopes(scopes, parts.surroundings.guarded);
  const all: Closable[] = [];
  const collect = async <C extends { readonly method: string }, B extends Closable>(
    key: 'auth' | 'authorization',
    list: readonly C[],
    create: Create<C, B>,
  ): Promise<B[]> => {
    const made: B[] = [];
    for (const [index, one] of list.entries()) {
      try {
        const backend = await createInTime(one, parts.pathOf(key, index), create, parts);
        made.push(backend);
        all.push(backend);
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        faults.push(...error.faults);
      }
    }
    return made;
  };
  try {
    const configured = authorization && (await collect('authorization', authorization, createAuthorization));
    // Where one could not be made, the others have other places.
    if (configured !== undefined && faults.length === 0)
      faults.push(...secondLivePolicies(configured, (index) => parts.pathOf('authorization', index)));
    if (auth !== undefined) faults.push(...orderFaults(auth, (index) => parts.pathOf('auth', index)));
    const backends =
      auth === undefined
        ? localBackends(configured)
        : guardedBackends(
            // One shared key, and nothing that says what its bearer may do: they may do everything.
            await collect('auth', auth, createAuthentication(auth, configured === undefined)),
            configured,
          );
    if (faults.length > 0) throw new ConfigurationError(faults);
    if (parts.shadow === undefined) return { ...backends, foreignScopes };
    const shadowed = await addShadow(backends.authorization, authorization, parts.shadow, parts.surroundings);
    return { ...backends, authorization: shadowed, foreignScopes };
  } catch (error) {
    await discardBackends(all, parts.surroundings.log);
    throw error;
  }
}

/** One that is made too late is closed when it comes. */
async function createInTime<C extends { readonly method: string }, B extends Closable>(
  options: C,
  path: readonly (string | number)[],
  create: Create<C, B>,
  { surroundings, loader, deadlineMilliseconds }: BackendParts,
): Promise<B> {
  const making = create(options, { ...surroundings, path }, loader);
  if (deadlineMilliseconds === undefined) return making;
  try {
    return await withDeadline(making, deadlineMilliseconds, `the making of "${options.method}"`);
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    making.then(
      (late) => discardBackends([late], surroundings.log),
      () => undefined,
    );
    const remedy = 'What it waits for while it is made must come sooner, or be waited for with its first request.';
    throw new ConfigurationError([{ path, message: error.message, remedy }], { cause: error });
  }
}

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
  const login = authentication.find((made) => made.login !== undefined)?.login;
  const { administratorRole } = authentication.find((made) => made.administratorRole !== undefined) ?? {};
  return {
    ...{ authentication, login },
    authorization: configured ?? [ownership(administratorRole)],
  };
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
  surroundings: IssuingSurroundings,
): void {
  if (isolation !== 'none') return;
  surroundings.announce(
    'INSECURE: isolation "none" shows EVERYBODY the threads of everybody else in their tenant, to read, change and delete.',
  );
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
      const backend = await fromPlugin(options.path, { surroundings, loader }, (plugin) =>
        createCustomAuthorization(options, plugin, surroundings),
      );
      return { name: options.path, backend, deadlineMilliseconds: options.deadline * 1000 };
    }
  }
};

function own(name: string, backend: ConfiguredAuthorization['backend']): ConfiguredAuthorization {
  return { name, backend, deadlineMilliseconds: ownDeadlineMilliseconds };
}
