import type { ConfiguredAuthorization } from '../../authorization-backend.js';
import { withDeadline } from '../../deadline.js';
import { BadRequestError, RequestError, UnavailableError } from '../../errors.js';
import { livePolicies } from '../../live-policies.js';
import type { RequestView } from '../request.js';

const header = 'x-policy-revision';

/**
 * `X-Policy-Revision: 17` asks for a decision by that revision of the policy or a later one, wherever it was made: whoever has
 * just changed a policy may be answered by another process.
 * @throws {BadRequestError} if there is nothing that has revisions
 * @throws {RequestError} CONFLICT if there is no such revision
 * @throws {UnavailableError} if it cannot be found out
 */
export async function reachRevision(
  { headers }: Pick<RequestView, 'headers'>,
  backends: readonly ConfiguredAuthorization[],
): Promise<void> {
  const text = headers.get(header);
  if (text === undefined) return;
  if (!/^(?:0|[1-9]\d{0,14})$/.test(text))
    throw new BadRequestError('X-Policy-Revision must be the number of a revision.');
  const live = livePolicies(backends);
  if (live.length === 0) throw new BadRequestError('X-Policy-Revision: no policy here has revisions.');
  for (const { name, policy, deadlineMilliseconds } of live) {
    try {
      await withDeadline(policy.reach(Number(text)), deadlineMilliseconds, name);
    } catch (error) {
      if (error instanceof RequestError) throw error;
      const what = error instanceof Error ? error.message : 'threw something that is not an Error';
      throw new UnavailableError({ reason: `authorization backend ${name}: ${what}`, cause: error });
    }
  }
}
