import type { CheckedRules } from './check-rules.js';
import type { Model } from './model.js';
import { isSubjectName } from './subject-name.js';

/**
 * Denials of a bare name that no line of the policy gives to anybody. It may be a role that credentials carry; or it was meant
 * for a principal, as other programs write them, and then denies nothing.
 */
export function noteBareDenials(
  { rules, groups }: Pick<CheckedRules, 'rules' | 'groups'>,
  model: Model,
  file: string,
): readonly string[] {
  const subject = model.rule.indexOf('sub');
  const effect = model.rule.indexOf('eft');
  const given = new Set(groups.map(({ role }) => role));
  return rules.flatMap(({ values, line }) => {
    const name = values[subject];
    const isDenial = effect !== -1 && values[effect] === 'deny';
    if (name === undefined || !isDenial || name === '*' || isSubjectName(name) || given.has(name)) return [];
    return [
      `${file}:${line}: "${name}" is read as a role, which only a credential could carry; to deny a principal, write user:${name}`,
    ];
  });
}
