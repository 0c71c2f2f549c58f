import { allow, type Decision, deny } from '../../authorization-backend.js';
import { readFilter } from '../../filter.js';

/**
 * The one place where the answer of a user-written `authorize` becomes a decision.
 * @throws {TypeError} if it is neither a boolean, nor a decision, nor a filter: the request then ends as 503
 */
export function toDecision(answer: unknown, backend: string): Decision {
  if (answer === true) return allow(`${backend} allows it`);
  if (answer === false) return deny(`${backend} does not allow it`);
  if (typeof answer === 'object' && answer !== null) {
    // Each is read once: what is checked is what counts, whatever the next reading would say.
    const { effect, reason, policyId, filter: given } = answer as Partial<Record<keyof Decision, unknown>>;
    const filter = given === undefined ? undefined : readFilter(given);
    if (filter !== undefined && effect === undefined) return { ...allow(`${backend} allows some`), filter };
    const decision = { effect, reason, policyId };
    if (isDecision(decision) && (filter === undefined || effect === 'allow')) return { ...decision, filter };
  }
  throw new TypeError('answered neither a boolean, nor a decision, nor a filter');
}

function isDecision(value: Partial<Readonly<Record<keyof Decision, unknown>>>): value is Decision {
  const { effect, reason, policyId } = value;
  const isEffect = effect === 'allow' || effect === 'deny';
  return isEffect && typeof reason === 'string' && (policyId === undefined || typeof policyId === 'string');
}
