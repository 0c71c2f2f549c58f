import type { RoleGraph, RoleLink } from './role-graph.js';

/**
 * The first circle among the roles, by names; undefined where there is none. Each name is looked at once. The search may be
 * made in parts: the generator yields after each link.
 */
export function* findCircle(
  graph: RoleGraph,
  links: Iterable<RoleLink>,
): Generator<void, { readonly names: readonly string[]; readonly domain: string | undefined } | undefined> {
  const done = new Map<string | undefined, Set<string>>();
  for (const { member, domain } of links) {
    const finished = done.get(domain) ?? new Set();
    done.set(domain, finished);
    const names = circleFrom(member, (name) => graph.rolesOf(name, domain), finished);
    if (names !== undefined) return { names, domain };
    yield;
  }
  return undefined;
}

/** Goes down the roles of one name, without recursion: a policy may be one long chain. */
function circleFrom(
  start: string,
  rolesOf: (name: string) => readonly string[],
  finished: Set<string>,
): readonly string[] | undefined {
  if (finished.has(start)) return undefined;
  const path = [{ name: start, next: 0 }];
  const onPath = new Set([start]);
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const role = rolesOf(top.name)[top.next];
    top.next += 1;
    if (role === undefined) {
      finished.add(top.name);
      onPath.delete(top.name);
      path.pop();
    } else if (onPath.has(role)) {
      const names = path.map(({ name }) => name);
      return names.slice(names.indexOf(role));
    } else if (!finished.has(role)) {
      onPath.add(role);
      path.push({ name: role, next: 0 });
    }
  }
  return undefined;
}
