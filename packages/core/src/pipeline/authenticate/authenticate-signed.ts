import { BadRequestError, UnauthenticatedError } from '../../errors.js';
import type { Webhooks } from '../../webhooks.js';
import type { Caller, RequestView } from '../request.js';
import { actsAsNamed } from './act-for.js';
import type { AuthenticateOptions } from './authenticate.js';
import { isRevoked } from './revoked.js';

/** The method that the audit trail names. */
const method = 'webhook';

/**
 * Who has signed the body of a request to a webhook. One answer for a name that there is not, and for each way in which a signature is not
 * good; asked again for as long as a run goes on, by the secrets that are in force then.
 * @throws {UnauthenticatedError}
 * @throws {BadRequestError} if the request carries a credential as well: there would be no telling whose it is
 */
export function authenticateSigned(request: RequestView, options: AuthenticateOptions): Caller {
  const { webhooks, backends, revocations } = options;
  const { headers, credential, signedBody } = request;
  const hook = request.match.kind === 'found' ? (request.match.parameters['name'] ?? '') : '';
  if (webhooks === undefined || signedBody === undefined) throw notSigned(webhooks, 'there are no webhooks any more');
  if (backends.some(({ backend }) => (backend.reads?.(headers, credential) ?? []).length > 0)) {
    throw new BadRequestError('The request carries a credential and a signature; it may carry one of them.');
  }
  const verified = webhooks.verify({ hook, headers, body: signedBody });
  if ('reason' in verified) throw notSigned(webhooks, verified.reason);
  const { result, delivery } = verified;
  if (isRevoked(result, revocations)) throw notSigned(webhooks, 'what the hook was given has been revoked');
  if (!actsAsNamed(request, result.principal)) throw notSigned(webhooks, 'nobody acts through a webhook');
  return { principal: result.principal, method, evidence: result.evidence, delivery };
}

/** One answer, whatever was wrong. */
export function notSigned(webhooks: Webhooks | undefined, reason: string): UnauthenticatedError {
  const challenges = webhooks === undefined ? [] : [webhooks.challenge()];
  return new UnauthenticatedError({ challenges, reason: `${method}: ${reason}`, code: 'AUTH_REQUIRED' });
}
