import type { Policy } from '@agentflow/policy';
import { isSubjectName } from './subject-name.js';

/**
 * Denials of a bare name that no line of the policy gives to anybody. It may be a role that credentials carry; or it was meant
 * for a principal, as other programs write them, and then denies nothing.
 */
export function noteBareDenials(policy: Policy, file: string): readonly string[] {
  const subject = policy.model.rule.indexOf('sub');
  const given = new Set([...policy.links()].map(({ role }) => role));
  return [...policy.rules()].flatMap(({ values, effect, line }) => {
    const name = values[subject];
    if (name === undefined || effect !== 'deny' || name === '*' || isSubjectName(name) || given.has(name)) return [];
    return [
      `${file}:${line}: "${name}" is read as a role, which only a credential could carry; to deny a principal, write user:${name}`,
    ];
  });
}
