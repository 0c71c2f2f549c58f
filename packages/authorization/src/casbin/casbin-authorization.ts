import {
  AuthorizationBackend,
  type AuthorizationContext,
  type Decision,
  type Readiness,
  type ServingSurroundings,
  type User,
} from '@agentflow/core';
import type { CasbinAuthorizationOptions } from './options.js';
import type { PolicyInFile } from './policy-in-file.js';
import { createReloading, type Reloading } from './reloading.js';

/** Decides by a Casbin policy in a file, which may change while the server runs. */
class CasbinAuthorization extends AuthorizationBackend {
  readonly #policy: Reloading<PolicyInFile>;
  /** Of the policy at start. */
  readonly #description: string;

  constructor(
    { policy: file, model = 'the built-in model' }: CasbinAuthorizationOptions,
    policy: Reloading<PolicyInFile>,
  ) {
    super();
    this.#policy = policy;
    this.#description = `by ${file} (${policy.current().size} lines) under ${model}`;
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

  override ready(): Readiness {
    return this.#policy.ready();
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

/** @throws {ConfigurationError} if the model or the policy is not good */
export async function createCasbinAuthorization(
  options: CasbinAuthorizationOptions,
  surroundings: Pick<ServingSurroundings, 'directory' | 'path' | 'guarded' | 'clock' | 'log' | 'announce'>,
): Promise<AuthorizationBackend> {
  // The engine takes time to import: who does not name it does not wait for it.
  const { loadPolicy, policyFiles } = await import('./load-policy.js');
  const policy = await createReloading({
    files: policyFiles(options, surroundings),
    load: () => loadPolicy(options, surroundings),
    intervalMilliseconds: options.reload_interval * 1000,
    maxStalenessMilliseconds: options.max_staleness * 1000,
    deadlineMilliseconds: loadDeadlineMilliseconds,
    clock: surroundings.clock,
    log: surroundings.log,
  });
  for (const notice of policy.current().notices) surroundings.announce(notice);
  return new CasbinAuthorization(options, policy);
}
