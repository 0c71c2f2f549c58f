import {
  type LivePolicy,
  PolicyChangeError,
  type PolicyChangeFault,
  type PolicyChangeRequest,
  type PolicyFields,
  type PolicyStore,
  RequestError,
  type StoredPolicyChange,
  UnavailableError,
  type User,
} from '@agentflow/core';
import { changePolicy, type Policy, PolicyError, type PolicyLine, readAhead, Turns } from '@agentflow/policy';
import type { RequiredInvariants } from '../load-invariants.js';
import { tooManyLines } from '../load-policy.js';
import { createPlacedPolicy, type PlacedPolicy } from '../placed-policy.js';
import { databaseName } from './build-stored.js';
import type { Following } from './following.js';
import type { StoredLines } from './stored-lines.js';

export interface PolicyChangeParts {
  readonly store: Pick<PolicyStore, 'change'>;
  readonly following: Following<PlacedPolicy>;
  readonly lines: StoredLines;
  /** What must hold after each change too. */
  readonly invariants: RequiredInvariants | undefined;
  readonly maxRules: number;
}

/** Of several that change a policy at once, one is first, and all others try again; each time somebody gets on. */
const maxTries = 100;

/** Changes are made one after the other: within this process by waiting, among processes by the revision that each is made for. */
export function createPolicyChanges(parts: PolicyChangeParts): Pick<LivePolicy, 'reach' | 'change'> {
  const { store, following, lines } = parts;
  let last: Promise<unknown> = Promise.resolve();

  async function changeNow(request: PolicyChangeRequest): Promise<StoredPolicyChange> {
    const written = await writeAll(request, lines);
    await readAhead(following.current().value.policy, [...written.remove, ...written.add]);
    for (let tries = 0; tries < maxTries; tries += 1) {
      // A change that is only good for a policy that has passed is refused for what holds now, not for what held.
      if (tries > 0 || request.expectedRevision !== undefined) await following.catchUp();
      const { revision, value } = following.current();
      if ((request.expectedRevision ?? revision) !== revision) throw movedOn(revision);
      await request.requireStill?.();
      if (following.current().revision !== revision) continue;
      const candidate = requireGood(value.policy, written, request, parts);
      await requireInvariants(candidate, parts);
      const change = await store.change(revision, { ...written.fields, author: request.author });
      if (change === undefined) continue;
      following.take(change);
      return change;
    }
    throw new UnavailableError({ reason: `others changed the policy ${maxTries} times meanwhile` });
  }

  return {
    change(request) {
      const changing = last.then(() => changeNow(request));
      last = changing.catch(() => undefined);
      return changing;
    },

    async reach(revision) {
      if (following.current().revision >= revision) return;
      await following.catchUp();
      const reached = following.current().revision;
      if (reached >= revision) return;
      throw new RequestError('CONFLICT', {
        message: `X-Policy-Revision: there is no revision ${revision} of the policy; the latest is ${reached}.`,
      });
    },
  };
}

function movedOn(revision: number): RequestError {
  return new RequestError('CONFLICT', { message: `The policy has changed: it is at revision ${revision} now.` });
}

interface Written {
  readonly fields: { readonly remove: readonly PolicyFields[]; readonly add: readonly PolicyFields[] };
  /** Numbered from 1, first those to remove: so a fault finds its place. */
  readonly remove: readonly PolicyLine[];
  readonly add: readonly PolicyLine[];
}

/**
 * In turns: a line may hold what takes milliseconds to read.
 * @throws {PolicyChangeError}
 */
async function writeAll({ remove, add }: PolicyChangeRequest, lines: StoredLines): Promise<Written> {
  const turns = new Turns();
  const faults: PolicyChangeFault[] = [];
  const inFull = async (all: readonly PolicyFields[], key: 'remove' | 'add') => {
    const good: PolicyFields[] = [];
    for (const [index, given] of all.entries()) {
      const written = lines.write(given);
      if ('message' in written) faults.push({ at: [key, index], message: written.message, remedy: written.remedy });
      else good.push(written);
      if (turns.isOver()) await turns.end();
    }
    return good;
  };
  const fields = { remove: await inFull(remove, 'remove'), add: await inFull(add, 'add') };
  if (faults.length > 0) throw new PolicyChangeError(faults);
  const numbered = (all: readonly PolicyFields[], first: number) =>
    all.map(([key, ...values], index): PolicyLine => ({ key, values, line: first + index }));
  return { fields, remove: numbered(fields.remove, 1), add: numbered(fields.add, 1 + remove.length) };
}

/** @throws {PolicyChangeError} with a counter-example for each that would not hold */
async function requireInvariants(candidate: Policy, { invariants }: PolicyChangeParts): Promise<void> {
  if (invariants === undefined) return;
  const { inspectLoaded } = await import('../inspection/inspected-policy.js');
  const { linesOfPolicy } = await import('../inspection/written-lines.js');
  const inspected = inspectLoaded(createPlacedPolicy(candidate, databaseName), linesOfPolicy(candidate));
  // What is not kept yet has no place.
  const faults = await invariants.faultsOf(inspected, { withPlaces: false });
  if (faults.length > 0) {
    throw new PolicyChangeError(faults.map(({ message, remedy }) => ({ at: [], message, remedy })));
  }
}

/**
 * @returns the policy that would come of it
 * @throws {PolicyChangeError} if that is not good
 */
function requireGood(
  policy: Policy,
  written: Written,
  { keeps, remove }: PolicyChangeRequest,
  parts: PolicyChangeParts,
): Policy {
  const candidate = changedBy(policy, written, remove.length);
  const size = candidate.size + candidate.linkCount;
  if (size > parts.maxRules) throw new PolicyChangeError([{ at: [], ...tooManyLines(size, parts.maxRules) }]);
  if (candidate.size === 0) {
    const message = 'there would be no rule left: nobody could do anything';
    throw new PolicyChangeError([{ at: [], message, remedy: 'Leave a rule.' }]);
  }
  if (keeps === undefined) return candidate;
  const mayChange = (one: Policy, user: User) =>
    createPlacedPolicy(one, '').decide(user, 'policy', 'write', undefined).effect === 'allow';
  if (keeps.every((user) => mayChange(candidate, user) || !mayChange(policy, user))) return candidate;
  throw new PolicyChangeError([
    {
      at: [],
      message: 'after this change you could not change the policy any more',
      remedy: 'Leave yourself policy:write, or take it from yourself by POST with "even_if_locked_out": true.',
    },
  ]);
}

function changedBy(policy: Policy, { remove, add }: Written, removals: number): Policy {
  try {
    return changePolicy(policy, { remove, add });
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw new PolicyChangeError(
      error.faults.map(({ line, message, remedy }) => {
        const at = line === undefined ? [] : line <= removals ? ['remove', line - 1] : ['add', line - 1 - removals];
        return { at, message, remedy };
      }),
    );
  }
}
