import type { JsonObject } from '@agentflow/protocol';
import type { Filter } from './filter.js';
import type { LivePolicy } from './live-policy.js';
import type { Log } from './log.js';
import type { PolicyQuestion } from './policy-question.js';
import { defaultTenant, type Principal } from './principal.js';
import type { User } from './user.js';

/** The answer to an access request, with its reason. There is no third effect: no match is deny. */
export interface Decision {
  readonly effect: 'allow' | 'deny';
  /** For the log and the audit trail; the caller never reads it. */
  readonly reason: string;
  /** Which rule decided, where a backend has rules. */
  readonly policyId?: string | undefined;
  /** Of an allowance: for what this matches, and for nothing else. */
  readonly filter?: Filter | undefined;
}

/** Short for an allowance with a filter. */
export interface FilterAnswer {
  readonly filter: Filter;
}

export type AuthorizationAnswer = boolean | Decision | FilterAnswer;

export function allow(reason: string, policyId?: string): Decision {
  return { effect: 'allow', reason, policyId };
}

export function deny(reason: string, policyId?: string): Decision {
  return { effect: 'deny', reason, policyId };
}

/** `true`: the backend can decide now. A text: it cannot, and why, for the log; no caller reads it. */
export type Readiness = true | string;

export interface AuthorizationContext {
  readonly principal: Principal;
  /**
   * Set where it is asked what an actor may: `user` and `principal` are the actor then, and this is for whom it acts, who is
   * asked about too. Both must be allowed.
   */
  readonly actsFor?: Principal | undefined;
  readonly address: string;
  readonly requestId: string;
  /** A list is asked for, or something is done to all of one: there is no id, and the answer may be a filter. */
  readonly many: boolean;
  readonly log: Log;
}

/**
 * Decides who may do what. Extend it in a file of your own and name the class in `agentflow.json`:
 * `{"authorization": "graph/auth.ts:RoleBasedAuthorization"}`.
 *
 * `authorize` may be sync or async. Only `true`, a filter, or a decision with the effect `allow`, lets anybody through;
 * a throw, a time-out or an answer of another shape refuses the request with 503. Whatever it answers, a thread
 * stays its owner's: the stores see to that, and only the file lets administrators past them.
 */
export abstract class AuthorizationBackend {
  abstract authorize(
    user: User,
    resource: string,
    action: string,
    resourceId?: string,
    context?: AuthorizationContext,
  ): AuthorizationAnswer | Promise<AuthorizationAnswer>;

  /**
   * Whether it can decide now, or why it cannot; sync or async. Anything but `true` makes `GET /ready` answer 503, and so does
   * a throw or a time-out; requests are still decided by `authorize` alone. It is asked for every `GET /ready`, which is
   * public: answer from what is known already.
   */
  ready(): Readiness | Promise<Readiness> {
    return true;
  }

  /** The one tenant whose principals may see and change its policy, if that lets them: the policy is of all tenants. */
  get operatorTenant(): string {
    return defaultTenant;
  }

  /** Its policy, where that can be changed while it decides. */
  get livePolicy(): LivePolicy | undefined {
    return undefined;
  }

  /**
   * The roles that somebody has here, beside those of their credential; sync or async. Threads that are shared with a role are
   * shared with whoever has it. Asked for anew by each request that looks for such a thread; a throw, a time-out or anything
   * but a list of texts refuses that request with 503.
   */
  rolesOf(_user: User): readonly string[] | Promise<readonly string[]> {
    return [];
  }

  /**
   * Says for operators why somebody may do something, or may not: a report of its own. Absent where it cannot.
   * @throws {ValidationError} if the question is none
   */
  explain?(question: PolicyQuestion): Promise<JsonObject>;

  /** One line for the start's output: what it lets whom do. */
  describe(): string {
    return '';
  }

  /**
   * Lets go of what the backend holds; called once, after its last request: at the end, or when another configuration is in
   * force.
   */
  close(): void | Promise<void> {}
}

/**
 * Asked the same after each decision of a backend, so that it can be told where the two differ (shadow mode). It decides nothing,
 * and what it throws changes nothing. It answers at once: nobody waits for it; and with a filter only where it is asked about many.
 */
export interface ShadowBackend {
  /** What it is called where it is told of: `candidate.csv`. */
  readonly name: string;
  authorize(
    user: User,
    resource: string,
    action: string,
    resourceId: string | undefined,
    context: Pick<AuthorizationContext, 'many'>,
  ): Decision;
  /** One line for the start's output. */
  describe(): string;
  close(): void;
}

/** A backend in its place: with the name and the deadline that the configuration gives it. */
export interface ConfiguredAuthorization {
  readonly name: string;
  readonly backend: Pick<AuthorizationBackend, 'authorize' | 'ready' | 'describe' | 'close'> &
    Partial<Pick<AuthorizationBackend, 'livePolicy' | 'operatorTenant' | 'rolesOf' | 'explain'>>;
  /** For an answer that is a promise. */
  readonly deadlineMilliseconds: number;
  /**
   * To whom the configuration shows what belongs to others of their tenant; absent: to nobody. Only what the operator wrote
   * into the file can say so, never a backend's answer.
   */
  readonly reachesTenant?: ((user: User) => boolean) | undefined;
  readonly shadow?: ShadowBackend | undefined;
}
