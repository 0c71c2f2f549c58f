import { type Expression, type Model, type NearMiss, partsOf, writeExpression } from '@agentflow/policy';
import { type RequestField, requestFieldNamed } from '../request-field.js';
import { isSubjectName } from '../subject-name.js';

/** What a rule still needs, and about which field of the request that is. */
export interface MissingPart {
  /** `needs the role user` */
  readonly text: string;
  readonly field: RequestField | undefined;
}

/** What of a rule does not hold, in words where it is one of the usual parts, else as the matcher has it. */
export function missingPart({ part, rule, isKnown }: NearMiss, model: Model): MissingPart {
  const found = wantedOf(part, rule.values, model);
  if (found !== undefined && isKnown) return found;
  const what = `needs that ${writeExpression(part, model, rule.values)}`;
  return { text: isKnown ? what : `${what}, which is not known: a claim is missing`, field: found?.field };
}

/** What a part compares with a field of the rule; undefined where it does more. */
function wantedOf(part: Expression, values: readonly string[], model: Model): MissingPart | undefined {
  // `p.sub == "*" || g(r.sub, p.sub)`: what the rule says of itself is not missing.
  const alternatives = part.type === 'or' ? part.parts.filter(looksAtRequest) : [part];
  const [only, second] = alternatives;
  if (only === undefined || second !== undefined) return undefined;
  if (only.type === 'link' && only.role.type === 'rule') {
    const field = fieldOf(only.member, model);
    const role = values[only.role.field] ?? '';
    if (field === undefined || only.domain?.type === 'rule') return undefined;
    if (field !== 'sub') return { text: `is for what is in the group ${role}`, field };
    return { text: isSubjectName(role) ? `is for ${role}` : `needs the role ${role}`, field };
  }
  if (only.type === 'compare' && only.operator === '==') {
    const { left, right } = only;
    const [rule, request] = left.type === 'rule' ? [left, right] : [right, left];
    return rule.type === 'rule' ? named(fieldOf(request, model), values[rule.field] ?? '', '') : undefined;
  }
  if (only.type !== 'pattern' || only.pattern.type !== 'rule') return undefined;
  return named(fieldOf(only.text, model), values[only.pattern.field] ?? '', ` (${only.function})`);
}

const words: Readonly<Record<RequestField, string>> = {
  sub: 'is for',
  dom: 'is for the tenant',
  obj: 'is for the resource',
  act: 'is for the action',
  id: 'is for the id',
};

function named(field: RequestField | undefined, value: string, how: string): MissingPart | undefined {
  return field === undefined ? undefined : { text: `${words[field]} ${value}${how}`, field };
}

function fieldOf(part: Expression, { request }: Model): RequestField | undefined {
  return part.type === 'request' && part.path.length === 0 ? requestFieldNamed(request[part.field] ?? '') : undefined;
}

function looksAtRequest(expression: Expression): boolean {
  for (const part of partsOf(expression)) if (part.type === 'request' || part.type === 'eval') return true;
  return false;
}
