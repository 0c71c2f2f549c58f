import { AuthorizationBackend, type Decision, type ServingSurroundings, type User } from '@agentflow/core';
import type { CasbinAuthorizationOptions } from './options.js';
import type { Policy } from './policy.js';
import { createReloading, type Reloading } from './reloading.js';

/** Decides by a Casbin policy in a file, which may change while the server runs. */
class CasbinAuthorization extends AuthorizationBackend {
  readonly #options: CasbinAuthorizationOptions;
  readonly #policy: Reloading<Policy>;

  constructor(options: CasbinAuthorizationOptions, policy: Reloading<Policy>) {
    super();
    this.#options = options;
    this.#policy = policy;
  }

  authorize(user: User, resource: string, action: string, resourceId?: string): Decision {
    return this.#policy.current().decide(user, resource, action, resourceId);
  }

  override describe(): string {
    const { policy, model = 'the built-in model' } = this.#options;
    return `by ${policy} (${this.#policy.current().size} lines) under ${model}`;
  }

  override close(): void {
    this.#policy.close();
  }
}

/** @throws {ConfigurationError} if the model or the policy is not good */
export async function createCasbinAuthorization(
  options: CasbinAuthorizationOptions,
  surroundings: Pick<ServingSurroundings, 'directory' | 'path' | 'log' | 'announce'>,
): Promise<AuthorizationBackend> {
  // Casbin takes a twentieth of a second to import: who does not name it does not wait for it.
  const { loadPolicy, policyFiles } = await import('./load-policy.js');
  const policy = await createReloading({
    files: policyFiles(options, surroundings),
    load: () => loadPolicy(options, surroundings),
    intervalMilliseconds: options.reload_interval * 1000,
    log: surroundings.log,
  });
  for (const notice of policy.current().notices) surroundings.announce(notice);
  return new CasbinAuthorization(options, policy);
}
