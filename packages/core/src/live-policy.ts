import type {
  PolicyAuthor,
  PolicyFields,
  PolicyPage,
  StoredPolicyChange,
  StoredPolicyLine,
} from './stores/policy-store.js';
import type { User } from './user.js';

/** A change that somebody asks for. */
export interface PolicyChangeRequest {
  readonly remove: readonly PolicyFields[];
  readonly add: readonly PolicyFields[];
  /** Only if the policy still is at this revision. */
  readonly expectedRevision?: number | undefined;
  readonly author: PolicyAuthor | null;
  /**
   * Whether the author may still do it, by the policy that is changed: it may have been changed since they were let in.
   * @throws {RequestError} if not
   */
  readonly requireStill?: (() => Promise<void>) | undefined;
  /** Each of whom must be able to go on changing the policy, if they are now: else nobody might. */
  readonly keeps?: readonly User[] | undefined;
}

/**
 * A policy that is changed while it decides, by whoever may, and the same in all processes of one database. A backend that has
 * one gives it as its `livePolicy`: the routes `/v1/policies` are about it.
 */
export interface LivePolicy {
  /** Of the last change that decides here. */
  readonly revision: number;
  /**
   * Resolves once what decides here is at least this revision.
   * @throws {RequestError} CONFLICT where there is no such revision
   */
  reach(revision: number): Promise<void>;
  find(id: number): Promise<StoredPolicyLine | undefined>;
  list(page: PolicyPage): Promise<readonly StoredPolicyLine[]>;
  /**
   * When it resolves, the change decides here.
   * @throws {PolicyChangeError} if the policy would not be good; nothing has changed then
   * @throws {RequestError} CONFLICT if the policy is at another revision than was expected
   */
  change(request: PolicyChangeRequest): Promise<StoredPolicyChange>;
}

export interface PolicyChangeFault {
  /** `['add', 2]`; empty where it is about all of it. */
  readonly at: readonly (string | number)[];
  readonly message: string;
  readonly remedy: string;
}

/** Why a change is not made: all that is wrong with it, for whoever asked for it. */
export class PolicyChangeError extends Error {
  override readonly name = 'PolicyChangeError';
  readonly faults: readonly PolicyChangeFault[];

  constructor(faults: readonly PolicyChangeFault[]) {
    super(faults.map(({ message }) => message).join('\n'));
    this.faults = faults;
  }
}
