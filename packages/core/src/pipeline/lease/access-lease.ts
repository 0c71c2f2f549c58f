import { actorsOf } from '../../actor.js';
import { withDeadline } from '../../deadline.js';
import { RequestError, UnauthenticatedError, UnavailableError } from '../../errors.js';
import type { Log } from '../../log.js';
import type { Principal } from '../../principal.js';
import { authenticate } from '../authenticate/authenticate.js';
import { challengesOf } from '../authenticate/challenges.js';
import { type AccessRequest, decide, enforceDecision } from '../authorize/authorize.js';
import type { Caller, RequestView } from '../request.js';
import { type Authority, type AuthorityInForce, askInForce } from './authority.js';

/** What was presented, and who that is: replaced where somebody presents another credential on an open socket. */
export interface Presented {
  request: RequestView;
  caller: Caller;
}

export interface AccessLeaseOptions {
  /** Shared by all leases that rest on the same credential. */
  readonly presented: Presented;
  readonly access: AccessRequest;
  readonly inForce: AuthorityInForce;
  /** How old may be, at most, what the holder was last allowed by. */
  readonly recheckMilliseconds: number;
  readonly log: Log;
}

/** What must hold beside the permission; rejects, with what the caller is to read, where it does not. */
export type LeaseCondition = () => Promise<unknown>;

/**
 * The right to go on with what was once allowed: for a run, a stream, a socket. The same questions that let the request in are asked
 * again and again, of what is in force by then: who is it, is the credential still good, may they still.
 */
export interface AccessLease {
  /** Aborted, with the {@link RequestError} that says why, once the right has ended or nobody can say. */
  readonly signal: AbortSignal;
  /** Asks also for this from now on, until the function that it returns is called. */
  require(condition: LeaseCondition): () => void;
  /**
   * Goes on by another credential of the same principal. Nothing has changed where it rejects.
   * @throws {RequestError} if it is not good, is somebody else's, or does not allow this
   */
  renew(request: RequestView): Promise<Caller>;
  /** Asks no more. Must be called, once or more often. */
  release(): void;
}

/** Backends have deadlines of their own; what else must hold is asked of the database. */
const conditionMilliseconds = 5_000;

export function openAccessLease(options: AccessLeaseOptions): AccessLease {
  const { presented, inForce, log } = options;
  const ended = new AbortController();
  const released = new AbortController();
  const conditions = new Set<LeaseCondition>();
  let isLooking = false;
  let isAskedAgain = false;

  /** Ends where what is asked of the credential rejects, unless another has taken its place: that one was not asked about. */
  async function endUnless(asked: (request: RequestView, caller: Caller) => Promise<unknown>): Promise<void> {
    const { request, caller } = presented;
    try {
      // Whose reader has gone may still be running.
      await asked({ ...request, signal: released.signal }, caller);
    } catch (error) {
      if (presented.request === request) end(error);
    }
  }

  const look = () =>
    endUnless(async (asking, caller) => {
      const { request } = presented;
      const now = await askInForce(inForce, (authority) => requireAccess(asking, caller, options, authority));
      for (const condition of conditions) {
        await withDeadline(condition(), conditionMilliseconds, 'what must hold beside the permission');
      }
      // Who somebody is cannot change; which roles they have can.
      if (presented.request === request) presented.caller = now;
    });

  /** While whoever authorizes takes their time, a credential ends all the same. */
  const lookAtCredential = oneAtATime(() => endUnless((asking, caller) => authenticateNow(asking, caller, inForce)));

  /** What changes in the middle of a look is looked at in another. */
  const lookUntilAnswered = oneAtATime(async () => {
    isLooking = true;
    do {
      isAskedAgain = false;
      await look();
    } while (isAskedAgain && !released.signal.aborted);
    isLooking = false;
  });

  function end(error: unknown): void {
    if (released.signal.aborted) return;
    release();
    ended.abort(error instanceof RequestError && error.status < 500 ? error : doubt(error));
  }

  function doubt(error: unknown): RequestError {
    const reason = 'whether the caller may go on could not be asked';
    log.error({ requestId: presented.request.id, error }, `${reason}: what goes on ends`);
    return error instanceof RequestError ? error : new UnavailableError({ reason, cause: error });
  }

  // Word may be lost, or never come: whoever looks twice within the time is never late.
  const timer = setInterval(
    () => void (isLooking ? lookAtCredential() : lookUntilAnswered()),
    options.recheckMilliseconds / 2,
  );
  const stopListening = inForce.onChange(() => {
    isAskedAgain = true;
    void lookUntilAnswered();
  });
  function release(): void {
    clearInterval(timer);
    stopListening();
    released.abort();
  }

  return {
    signal: ended.signal,
    require(condition) {
      conditions.add(condition);
      return () => void conditions.delete(condition);
    },
    async renew(request) {
      const { caller } = presented;
      const now = await askInForce(inForce, (authority) => requireAccess(request, caller, options, authority));
      presented.request = request;
      presented.caller = now;
      return now;
    },
    release,
  };
}

/** Does nothing while it is done already. The work must not reject. */
function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let isGoing = false;
  return async () => {
    if (isGoing) return;
    isGoing = true;
    await work();
    isGoing = false;
  };
}

function authenticateNow(request: RequestView, before: Caller, inForce: AuthorityInForce): Promise<Caller> {
  return askInForce(inForce, (authority) => authenticateAgain(request, before, authority));
}

/** The same questions as for a request that comes now. */
async function requireAccess(
  request: RequestView,
  before: Caller,
  { access }: AccessLeaseOptions,
  authority: Authority,
): Promise<Caller> {
  const now = await authenticateAgain(request, before, authority);
  const decision = await decide(request, now, access, authority.authorize);
  enforceDecision(decision, access, authority.authenticate.backends);
  return now;
}

/**
 * Who it is now, who must be who it was.
 * @throws {RequestError}
 */
export async function authenticateAgain(request: RequestView, before: Caller, authority: Authority): Promise<Caller> {
  const { backends } = authority.authenticate;
  const now = await authenticate(request, authority.authenticate);
  if (now === null || !isSame(now.principal, before.principal)) {
    const challenges = challengesOf(backends, {});
    throw new UnauthenticatedError({ challenges, reason: "the credential is somebody else's", code: 'AUTH_REQUIRED' });
  }
  return now;
}

/** The same principal, for whom the same ones act. */
function isSame(one: Principal, other: Principal): boolean {
  return identityOf(one) === identityOf(other);
}

function identityOf(principal: Principal): string {
  const actors = actorsOf(principal).map(({ realm, subject }) => [realm, subject]);
  return JSON.stringify([principal.tenant, principal.realm, principal.subject, actors]);
}
