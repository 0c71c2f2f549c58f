import { BucketMap } from '../bucket-map.js';
import type { Entity, RequestValue } from '../expression/value.js';

/** That a member has a role, or that a role has those of another; in one domain, where the model has domains. */
export interface RoleLink {
  readonly member: string;
  readonly role: string;
  readonly domain?: string | undefined;
}

type Roles = readonly string[];
type ByDomain<T> = Map<string | undefined, Map<string, T>>;
type ChangedRoles = BucketMap<string | undefined, BucketMap<string, Roles>>;

/** What is remembered of closures is dropped when it holds more names than this: a policy may be one long chain. */
const maxNamesRemembered = 1_000_000;

const noRoles: Roles = [];

/**
 * Who has which role, to any depth. A graph never changes: a change makes another, which shares what did not.
 */
export class RoleGraph {
  readonly #base: ByDomain<Roles>;
  /** Members whose roles may differ from those in the base. */
  readonly #changed: ChangedRoles;
  readonly #closures: ByDomain<ReadonlySet<string>> = new Map();
  readonly #ofEntities = new WeakMap<Entity, Map<string | undefined, ReadonlySet<string>>>();
  #namesRemembered = 0;
  #members: ByDomain<string[]> | undefined;
  readonly #depths: ByDomain<number> = new Map();

  /** How many links there are. */
  readonly size: number;
  /** How many members are kept beside the base, because their roles have changed. */
  readonly changes: number;

  private constructor(base: ByDomain<Roles>, changed: ChangedRoles, counts: Pick<RoleGraph, 'size' | 'changes'>) {
    this.#base = base;
    this.#changed = changed;
    this.size = counts.size;
    this.changes = counts.changes;
  }

  /** Made in parts: the generator yields after each link. Links that are there twice count once. */
  static *build(links: Iterable<RoleLink>): Generator<void, RoleGraph> {
    const base: ByDomain<string[]> = new Map();
    // For members with so many roles that looking through them takes long.
    const sets = new Map<readonly string[], Set<string>>();
    let size = 0;
    for (const { member, role, domain } of links) {
      const ofDomain = base.get(domain) ?? new Map<string, string[]>();
      base.set(domain, ofDomain);
      const roles = ofDomain.get(member) ?? [];
      ofDomain.set(member, roles);
      const set = sets.get(roles) ?? (roles.length < 16 ? undefined : new Set(roles));
      if (set !== undefined) sets.set(roles, set.add(roles.at(-1) ?? ''));
      if (!(set?.has(role) ?? roles.includes(role))) {
        roles.push(role);
        size += 1;
      }
      yield;
    }
    return new RoleGraph(base, BucketMap.empty(hashOf), { size, changes: 0 });
  }

  /** The roles that links give to a member itself, in the order of the links. */
  rolesOf(member: string, domain?: string): Roles {
    return this.#changed.get(domain)?.get(member) ?? this.#base.get(domain)?.get(member) ?? noRoles;
  }

  /** Every name that rules may call somebody by: their own, their roles', and what these have. */
  namesOf(who: RequestValue, domain?: string): ReadonlySet<string> {
    if (typeof who === 'string') return this.#namesOfName(who, domain);
    if (who.roles === undefined || who.roles.length === 0) return this.#namesOfName(who.name, domain);
    const known = this.#ofEntities.get(who);
    const before = known?.get(domain);
    if (before !== undefined) return before;
    const names = new Set(this.#namesOfName(who.name, domain));
    for (const role of who.roles) for (const name of this.#namesOfName(role, domain)) names.add(name);
    if (known === undefined) this.#ofEntities.set(who, new Map([[domain, names]]));
    else known.set(domain, names);
    return names;
  }

  #namesOfName(name: string, domain: string | undefined): ReadonlySet<string> {
    const ofDomain = this.#closures.get(domain);
    const before = ofDomain?.get(name);
    if (before !== undefined) return before;
    const names = new Set([name]);
    for (const one of names) for (const role of this.rolesOf(one, domain)) names.add(role);
    // Whoever has no role is not remembered: their names come from requests, and have no end.
    if (names.size > 1) this.#remember(name, domain, names);
    return names;
  }

  #remember(name: string, domain: string | undefined, names: ReadonlySet<string>): void {
    if (this.#namesRemembered > maxNamesRemembered) {
      this.#closures.clear();
      this.#namesRemembered = 0;
    }
    this.#namesRemembered += names.size;
    const ofDomain = this.#closures.get(domain);
    if (ofDomain === undefined) this.#closures.set(domain, new Map([[name, names]]));
    else ofDomain.set(name, names);
  }

  /** All that have a role, itself among them. */
  membersOf(role: string, domain?: string): ReadonlySet<string> {
    this.#members ??= this.#invert();
    const ofDomain = this.#members.get(domain);
    const members = new Set([role]);
    for (const one of members) for (const member of ofDomain?.get(one) ?? []) members.add(member);
    return members;
  }

  /** Asked for by few, so made when it first is. */
  #invert(): ByDomain<string[]> {
    const inverted: ByDomain<string[]> = new Map();
    for (const { member, role, domain } of this.links()) {
      const ofDomain = inverted.get(domain) ?? new Map<string, string[]>();
      inverted.set(domain, ofDomain);
      const members = ofDomain.get(role);
      if (members === undefined) ofDomain.set(role, [member]);
      else members.push(member);
    }
    return inverted;
  }

  /** How far below the topmost of its roles somebody stands, by the role that was given last. */
  depthOf(member: string, domain?: string): number {
    const ofDomain = this.#depths.get(domain) ?? new Map<string, number>();
    this.#depths.set(domain, ofDomain);
    const path: string[] = [];
    let known: number | undefined;
    for (let name: string | undefined = member; name !== undefined; name = this.rolesOf(name, domain).at(-1)) {
      known = ofDomain.get(name);
      if (known !== undefined) break;
      path.push(name);
    }
    let depth = known ?? -1;
    for (const name of path.toReversed()) {
      depth += 1;
      // Only who has a role is remembered: all other names may come from anywhere.
      if (depth > 0) ofDomain.set(name, depth);
    }
    return depth;
  }

  has({ member, role, domain }: RoleLink): boolean {
    return this.rolesOf(member, domain).includes(role);
  }

  /** The circle that a link would close: each has the role of the next, and the last that of the first. */
  circleOf({ member, role, domain }: RoleLink): readonly string[] | undefined {
    const cameFrom = new Map<string, string | undefined>([[role, undefined]]);
    for (const [one] of cameFrom) {
      if (one === member) {
        const circle: string[] = [];
        for (let at: string | undefined = one; at !== undefined; at = cameFrom.get(at)) circle.unshift(at);
        return circle;
      }
      for (const next of this.rolesOf(one, domain)) if (!cameFrom.has(next)) cameFrom.set(next, one);
    }
    return undefined;
  }

  with(link: RoleLink): RoleGraph {
    return this.#change(link, (roles) => [...roles, link.role]);
  }

  without(link: RoleLink): RoleGraph {
    return this.#change(link, (roles) => roles.filter((role) => role !== link.role));
  }

  #change({ member, domain }: RoleLink, rolesFrom: (roles: Roles) => Roles): RoleGraph {
    const before = this.rolesOf(member, domain);
    const roles = rolesFrom(before);
    const ofDomain = this.#changed.get(domain) ?? BucketMap.empty<string, Roles>(hashOf);
    const changedOfDomain = ofDomain.with([[member, roles]]);
    return new RoleGraph(this.#base, this.#changed.with([[domain, changedOfDomain]]), {
      size: this.size + roles.length - before.length,
      changes: this.changes + changedOfDomain.size - ofDomain.size,
    });
  }

  /** Of each member in the order in which they were given; of members in none. */
  *links(): Generator<RoleLink> {
    for (const [domain, ofDomain] of this.#base) {
      for (const member of ofDomain.keys()) {
        for (const role of this.rolesOf(member, domain)) yield { member, role, domain };
      }
    }
    for (const [domain, ofDomain] of this.#changed.entries()) {
      const inBase = this.#base.get(domain);
      for (const [member, roles] of ofDomain.entries()) {
        if (inBase?.has(member) !== true) for (const role of roles) yield { member, role, domain };
      }
    }
  }
}

function hashOf(name: string = ''): number {
  let hash = 0;
  for (let at = 0; at < name.length; at += 1) hash = (Math.imul(hash, 31) + name.charCodeAt(at)) | 0;
  return hash;
}
