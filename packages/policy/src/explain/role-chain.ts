import type { RequestValue } from '../expression/value.js';
import type { RoleGraph } from '../roles/role-graph.js';

/** That a member has a role: by a link of the policy, or because their credential carries it. */
export interface RoleStep {
  readonly member: string;
  readonly role: string;
  readonly by: 'link' | 'credential';
}

/** How somebody comes to a role. No step: the role is their own name. */
export interface RoleChain {
  /** `g`, `g2`, … */
  readonly link: string;
  readonly domain: string | undefined;
  readonly member: string;
  readonly steps: readonly RoleStep[];
}

/** The shortest way from somebody to a role; undefined where there is none. */
export function findSteps(
  graph: RoleGraph,
  who: RequestValue,
  { role, domain }: { readonly role: string; readonly domain: string | undefined },
): readonly RoleStep[] | undefined {
  const name = typeof who === 'string' ? who : who.name;
  const carried = typeof who === 'string' ? [] : (who.roles ?? []);
  const cameBy = new Map<string, RoleStep | undefined>([[name, undefined]]);
  for (const [member] of cameBy) {
    if (member === role) return stepsTo(role, cameBy);
    const note = (next: string, by: RoleStep['by']) => {
      if (!cameBy.has(next)) cameBy.set(next, { member, role: next, by });
    };
    for (const next of graph.rolesOf(member, domain)) note(next, 'link');
    if (member === name) for (const next of carried) note(next, 'credential');
  }
  return undefined;
}

function stepsTo(role: string, cameBy: ReadonlyMap<string, RoleStep | undefined>): readonly RoleStep[] {
  const steps: RoleStep[] = [];
  for (let step = cameBy.get(role); step !== undefined; step = cameBy.get(step.member)) steps.unshift(step);
  return steps;
}
