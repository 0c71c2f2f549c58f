import { allow, type Decision, deny } from '../../authorization-backend.js';

/**
 * The one place where the answer of a user-written `authorize` becomes a decision.
 * @throws {TypeError} if it is neither a boolean nor a decision: the request then ends as 503
 */
export function toDecision(answer: unknown, backend: string): Decision {
  if (answer === true) return allow(`${backend} allows it`);
  if (answer === false) return deny(`${backend} does not allow it`);
  if (typeof answer === 'object' && answer !== null) {
    // Each is read once: what is checked is what counts, whatever the next reading would say.
    const { effect, reason, policyId } = answer as Partial<Record<keyof Decision, unknown>>;
    const decision = { effect, reason, policyId };
    if (isDecision(decision)) return decision;
  }
  throw new TypeError('answered neither a boolean nor a decision');
}

function isDecision(value: { readonly [K in keyof Decision]: unknown }): value is Decision {
  const { effect, reason, policyId } = value;
  const isEffect = effect === 'allow' || effect === 'deny';
  return isEffect && typeof reason === 'string' && (policyId === undefined || typeof policyId === 'string');
}
