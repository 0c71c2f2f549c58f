import { type UsableResource, usableResources } from '@agentflow/core';

/** What of the graph asks before it is used, and what does not: nobody should think that a tool is guarded when it is not. */
export function describeGuard(guarded: ReadonlySet<UsableResource>): string {
  const asked = usableResources.filter((one) => guarded.has(one)).map((one) => `${one}s`);
  const free = usableResources.filter((one) => !guarded.has(one)).map((one) => `${one}s`);
  const open = `whoever may run the graph uses all its ${free.join(' and ')}`;
  if (asked.length === 0) return `nothing: ${open}`;
  const told = `${asked.join(' and ')}: each use needs ${asked.map((one) => `"${one.slice(0, -1)}:use"`).join(' and ')}`;
  return free.length === 0 ? told : `${told}; ${open}`;
}
