import { allow, type Decision, deny } from '../../authorization-backend.js';

/**
 * The one place where the answer of a user-written `authorize` becomes a decision.
 * @throws {TypeError} if it is neither a boolean nor a decision: the request then ends as 503
 */
export function toDecision(answer: unknown, backend: string): Decision {
  if (answer === true) return allow(`${backend} allows it`);
  if (answer === false) return deny(`${backend} does not allow it`);
  if (isDecision(answer)) return { effect: answer.effect, reason: answer.reason, policyId: answer.policyId };
  throw new TypeError('answered neither a boolean nor a decision');
}

function isDecision(value: unknown): value is Decision {
  if (typeof value !== 'object' || value === null) return false;
  const { effect, reason, policyId } = value as Partial<Record<keyof Decision, unknown>>;
  const isEffect = effect === 'allow' || effect === 'deny';
  return isEffect && typeof reason === 'string' && (policyId === undefined || typeof policyId === 'string');
}
