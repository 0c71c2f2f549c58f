import type { PolicyFault } from '../policy-error.js';
import type { PolicyLine } from '../rules/rule.js';
import { textFault } from '../rules/text-fault.js';
import type { RoleLink } from './role-graph.js';

/** A line `g` as a link, held against the number of fields that the model gives it. */
export function readLink({ key, values }: PolicyLine, arity: 2 | 3): RoleLink | Omit<PolicyFault, 'line'> {
  if (values.length !== arity) {
    const message = `"${key}" has ${values.length} fields here, and ${arity} in the model`;
    return { message, remedy: `Write "${key}, user:alice, admin${arity === 2 ? '' : ', domain'}".` };
  }
  const [member = '', role = '', domain] = values;
  return textFault(values) ?? { member, role, domain };
}

/** Casbin follows a circle ten links far; here it has no meaning. */
export function circleFault(
  key: string,
  { names, domain }: { readonly names: readonly string[]; readonly domain: string | undefined },
): PolicyFault {
  const where = domain === undefined ? '' : ` in ${domain}`;
  const message = `the roles of "${key}"${where} go round in a circle: ${shown(names).join(' → ')}`;
  return { message, remedy: 'Take out one of these links.' };
}

/** Of a long circle how it begins. */
function shown(names: readonly string[]): readonly string[] {
  const [first = ''] = names;
  return names.length > 12 ? [...names.slice(0, 10), `${names.length - 10} more`, first] : [...names, first];
}
