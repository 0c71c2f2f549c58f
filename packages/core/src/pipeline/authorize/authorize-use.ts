import { deny } from '../../authorization-backend.js';
import { isPrintable } from '../../control-characters.js';
import { RequestError } from '../../errors.js';
import { type UsableResource, UseRefusedError } from '../../use-guard.js';
import type { Caller, RequestView } from '../request.js';
import { type AccessRequest, type AuthorizeOptions, decide, enforceDecision } from './authorize.js';

/** A use that did not happen: somebody may not, or nobody could say whether they may. */
export interface RefusedUse {
  readonly access: AccessRequest;
  readonly refusal: RequestError;
  /** The rule that denied it, where one did. */
  readonly policyId: string | undefined;
}

/** For the audit trail: each refusal is an event of its own, beside that of the request. */
export type TellRefusedUse = (refused: RefusedUse) => void;

/**
 * Decides, as for a route, whether whoever sent a request may use a node or a tool of the graph that runs for it.
 * @throws {UseRefusedError}
 */
export async function authorizeUse(
  { request, caller }: { readonly request: RequestView; readonly caller: Caller },
  { resource, name }: { readonly resource: UsableResource; readonly name: string },
  options: AuthorizeOptions,
  tell: TellRefusedUse,
): Promise<void> {
  const access: AccessRequest = { resource, action: 'use', resourceId: isName(name) ? name : undefined };
  let policyId: string | undefined;
  try {
    // Without a name it would be asked for all nodes or tools at once.
    const decision = isName(name)
      ? await decide(request, caller, access, options)
      : deny(`a ${resource} without a name that can be an id`);
    policyId = decision.policyId;
    enforceDecision(decision, access, options.authentication);
  } catch (error) {
    const refusal = error instanceof RequestError ? error : new RequestError('INTERNAL', { cause: error });
    if (refusal.status >= 500) {
      options.log.error({ requestId: request.id, error: refusal.cause ?? refusal }, `a ${resource} was not used`);
    }
    tell({ access, refusal, policyId });
    throw new UseRefusedError(resource, refusal);
  }
}

const maxLength = 255;

/** Names come from the graph's code, or from a server that its author asked for tools. */
function isName(name: unknown): name is string {
  return typeof name === 'string' && name !== '' && name.length <= maxLength && isPrintable(name);
}
