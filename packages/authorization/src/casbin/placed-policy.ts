import { allow, type Decision, deny, type User } from '@agentflow/core';
import { filterPolicy, type Model, type Policy, partsOf, type RequestValue } from '@agentflow/policy';
import { noteBareDenials } from './bare-denials.js';
import { allowedBy, allowsAll, allowsSome, deniedBy, deniedByDefault, deniedOfAny } from './decision-reasons.js';
import { createPolicyRequests } from './policy-request.js';
import { isRoleName } from './subject-name.js';
import { toFilter } from './to-filter.js';

/** A policy that answers our requests, and names the places of its rules: `policy.csv:3`, `database:17`. */
export interface PlacedPolicy {
  /** How many rules and links. */
  readonly size: number;
  readonly policy: Policy;
  /** Its name, as places have it. */
  readonly file: string;
  /** What an operator should look at, though nothing is wrong. */
  notices(): readonly string[];
  /** @throws {TypeError} if the request is not made of texts */
  decide(user: User, resource: string, action: string, resourceId: string | undefined): Decision;
  /** About all that there are: what is allowed is what {@link decide} would allow of each. */
  decideAboutMany(user: User, resource: string, action: string): Decision;
  /** What its links make of somebody and of the roles of their credential, in their own tenant where it has tenants. */
  rolesOf(user: User): readonly string[];
}

export function createPlacedPolicy(policy: Policy, file: string): PlacedPolicy {
  const toRequest = createPolicyRequests(policy.model);
  const decide: PlacedPolicy['decide'] = (user, resource, action, resourceId) => {
    const { effect, rule } = policy.decide(toRequest(user, resource, action, resourceId));
    const place = rule?.line === undefined ? undefined : `${file}:${rule.line}`;
    if (effect === 'allow') return allow(allowedBy(place ?? file), place);
    return deny(place === undefined ? deniedByDefault : deniedBy(place), place);
  };

  const decideAboutMany: PlacedPolicy['decideAboutMany'] = (user, resource, action) => {
    const id = policy.model.request.indexOf('id');
    if (id === -1) return decide(user, resource, action, undefined);
    const request: (RequestValue | undefined)[] = [...toRequest(user, resource, action, undefined)];
    request[id] = undefined;
    const condition = filterPolicy(policy, request);
    if (condition === false) return deny(deniedOfAny);
    if (condition === true) return allow(allowsAll(file));
    return { ...allow(allowsSome(file)), filter: toFilter(condition) };
  };

  const subject = policy.model.request.indexOf('sub');
  const links = linksOf(policy.model, subject);
  const rolesOf: PlacedPolicy['rolesOf'] = (user) => {
    const who = toRequest(user, '', '', undefined)[subject];
    if (who === undefined) return [];
    const domainIn = (link: string) => (policy.model.links.get(link) === 3 ? user.tenant : undefined);
    return links.flatMap((link) => [...policy.namesOf(link, who, domainIn(link))]).filter(isRoleName);
  };
  return {
    ...{ policy, file, size: policy.size + policy.linkCount },
    // Looked for at start, and not with each change.
    notices: () => [...noteBareDenials(policy, file), ...noteScan(policy, file)],
    ...{ decide, decideAboutMany, rolesOf },
  };
}

/** The links by which the matcher asks for roles of a field of the request, each once. */
function linksOf({ matcher }: Model, field: number): readonly string[] {
  const names = [...partsOf(matcher)].flatMap((part) => {
    const isAsked = part.type === 'link' && part.member.type === 'request' && part.member.field === field;
    return isAsked && part.member.path.length === 0 ? [part.name] : [];
  });
  return [...new Set(names)];
}

function noteScan({ scanLimit, size, model }: Policy, file: string): readonly string[] {
  if (scanLimit === undefined) return [];
  const where = `the matcher (line ${model.lines.matcher} of the model)`;
  return [
    `${file}: ${where} offers nothing to an index, so each decision looks at all ${size} rules; more than ${scanLimit} are refused`,
  ];
}
