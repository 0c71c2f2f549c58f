import {
  AuthorizationBackend,
  type AuthorizationContext,
  type Decision,
  type LivePolicy,
  type Readiness,
  type ServingSurroundings,
  type User,
} from '@agentflow/core';
import type { PolicyInDatabase } from './database/policy-in-database.js';
import { type CasbinAuthorizationOptions, isInDatabase } from './options.js';
import type { PolicyInFile } from './policy-in-file.js';
import { createReloading, type Reloading } from './reloading.js';

/** Decides by a Casbin policy in a file or in the database, which may change while the server runs. */
class CasbinAuthorization extends AuthorizationBackend {
  readonly #policy: Pick<Reloading<PolicyInFile>, 'current' | 'ready' | 'close'>;
  readonly #live: LivePolicy | undefined;
  /** Of the policy at start. */
  readonly #description: string;

  constructor(
    { policy: file, model = 'the built-in model' }: CasbinAuthorizationOptions,
    policy: Reloading<PolicyInFile> | PolicyInDatabase,
  ) {
    super();
    this.#policy = policy;
    this.#live = 'change' in policy ? policy : undefined;
    const { size } = policy.current();
    const where =
      this.#live === undefined
        ? `${file} (${size} lines)`
        : `the database (${size} lines, revision ${this.#live.revision})`;
    this.#description = `by ${where} under ${model}`;
  }

  /** @throws {Error} where the policy has been out of date for too long */
  authorize(
    user: User,
    resource: string,
    action: string,
    resourceId?: string,
    context?: Pick<AuthorizationContext, 'many'>,
  ): Decision {
    const policy = this.#policy.current();
    return context?.many === true
      ? policy.decideAboutMany(user, resource, action)
      : policy.decide(user, resource, action, resourceId);
  }

  /** @throws {Error} where the policy has been out of date for too long */
  override rolesOf(user: User): readonly string[] {
    return this.#policy.current().rolesOf(user);
  }

  override ready(): Readiness {
    return this.#policy.ready();
  }

  override get livePolicy(): LivePolicy | undefined {
    return this.#live;
  }

  override describe(): string {
    return this.#description;
  }

  override close(): void {
    this.#policy.close();
  }
}

/** The most rules that are taken need a second or two. */
const loadDeadlineMilliseconds = 30_000;

type Surroundings = Omit<ServingSurroundings, 'environment' | 'isLiteral' | 'strict' | 'warn'>;

/** @throws {ConfigurationError} if the model or the policy is not good */
export async function createCasbinAuthorization(
  options: CasbinAuthorizationOptions,
  surroundings: Surroundings,
): Promise<AuthorizationBackend> {
  const policy = await (isInDatabase(options)
    ? openInDatabase(options, surroundings)
    : openFile(options, surroundings));
  for (const notice of policy.current().notices()) surroundings.announce(notice);
  return new CasbinAuthorization(options, policy);
}

// The engine takes time to import: who does not name it does not wait for it.

async function openInDatabase(options: CasbinAuthorizationOptions, surroundings: Surroundings) {
  const { openPolicyInDatabase } = await import('./database/policy-in-database.js');
  return openPolicyInDatabase(options, surroundings);
}

async function openFile(options: CasbinAuthorizationOptions, surroundings: Surroundings) {
  const { loadPolicy, policyFiles } = await import('./load-policy.js');
  return createReloading({
    files: policyFiles(options, surroundings),
    load: () => loadPolicy(options, surroundings),
    intervalMilliseconds: options.reload_interval * 1000,
    maxStalenessMilliseconds: options.max_staleness * 1000,
    deadlineMilliseconds: loadDeadlineMilliseconds,
    clock: surroundings.clock,
    log: surroundings.log,
  });
}
