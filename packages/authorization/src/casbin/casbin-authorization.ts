import {
  AuthorizationBackend,
  type AuthorizationContext,
  type Decision,
  defaultTenant,
  type LivePolicy,
  type PolicyQuestion,
  type Readiness,
  type ServingSurroundings,
  type User,
} from '@agentflow/core';
import type { JsonObject } from '@agentflow/protocol';
import type { ChangingPolicy } from './changing-policy.js';
import { type CasbinAuthorizationOptions, isInDatabase } from './options.js';

/** Decides by a Casbin policy in a file or in the database, which may change while the server runs. */
class CasbinAuthorization extends AuthorizationBackend {
  readonly #policy: ChangingPolicy;
  readonly #operatorTenant: string;
  /** Of the policy at start. */
  readonly #description: string;

  constructor(options: CasbinAuthorizationOptions, policy: ChangingPolicy) {
    super();
    this.#policy = policy;
    this.#operatorTenant = options.operator_tenant ?? defaultTenant;
    const { size } = policy.current();
    const where =
      policy.live === undefined
        ? `${options.policy} (${size} lines)`
        : `the database (${size} lines, revision ${policy.live.revision})`;
    this.#description = `by ${where} under ${options.model ?? 'the built-in model'}`;
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

  override async explain(question: PolicyQuestion): Promise<JsonObject> {
    // Who never asks does not wait for it to be read.
    const { answerQuestion } = await import('./inspection/answer-question.js');
    return answerQuestion(await this.#policy.inspect(), question);
  }

  override ready(): Readiness {
    return this.#policy.ready();
  }

  override get livePolicy(): LivePolicy | undefined {
    return this.#policy.live;
  }

  override get operatorTenant(): string {
    return this.#operatorTenant;
  }

  override describe(): string {
    return this.#description;
  }

  override close(): void {
    this.#policy.close();
  }
}

type Surroundings = Omit<ServingSurroundings, 'environment' | 'isLiteral' | 'strict' | 'warn'>;

/** @throws {ConfigurationError} if the model or the policy is not good */
export async function createCasbinAuthorization(
  options: CasbinAuthorizationOptions,
  surroundings: Surroundings,
): Promise<AuthorizationBackend> {
  const policy = await openPolicy(options, surroundings);
  for (const notice of policy.current().notices()) surroundings.announce(notice);
  return new CasbinAuthorization(options, policy);
}

/** The engine takes time to import: who does not name it does not wait for it. */
async function openPolicy(options: CasbinAuthorizationOptions, surroundings: Surroundings): Promise<ChangingPolicy> {
  if (isInDatabase(options)) {
    const { openPolicyInDatabase } = await import('./database/policy-in-database.js');
    return openPolicyInDatabase(options, surroundings);
  }
  const { openPolicyInFile } = await import('./policy-in-file.js');
  return openPolicyInFile(options, surroundings);
}
