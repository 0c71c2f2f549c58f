import { type ConfigurationFault, expandPermission } from '@agentflow/core';
import { allPermissions } from '@agentflow/protocol';
import { z } from 'zod';
import { type Asker, type AskerFields, createAsker } from '../asker.js';
import { type DecisionReport, reportDecision } from '../decision-report.js';
import { askersOf, idsOf, tenantsOf } from '../enumeration.js';
import type { InspectedPolicy } from '../inspected-policy.js';
import { jsonFaults } from '../json-faults.js';
import { whoKeys, whoSchema } from '../who-schema.js';

/** What must hold whatever the rules are. */
export interface Invariant {
  readonly kind: 'never' | 'always';
  /** `*` is everybody whom the policy can tell apart by one name. */
  readonly who: '*' | AskerFields;
  /** Names, of roles or of principals: whoever has one of them is left out. */
  readonly but: readonly string[];
  /** A pattern of permissions: `*:delete`. */
  readonly does: readonly string[];
  readonly text: string;
  readonly why: string | undefined;
}

const form = '{"never": {"who": "guest", "does": "*:delete"}, "why": "…"}';

const claimSchema = z.strictObject({
  who: z.union([z.literal('*'), whoSchema]),
  but: z.array(z.string().min(1)).optional(),
  does: z.string().transform((text, context) => {
    const { permissions, fault } = expandPermission(text);
    if (fault === undefined) return permissions;
    context.addIssue({ code: 'custom', message: fault.message, params: { remedy: fault.remedy } });
    return z.NEVER;
  }),
});

const invariantSchema = z
  .strictObject({ never: claimSchema.optional(), always: claimSchema.optional(), why: z.string().min(1).optional() })
  .refine(({ never, always }) => (never === undefined) !== (always === undefined), {
    error: 'an invariant has either "never" or "always"',
  });

/** The invariants of a file, or all that is wrong with it. */
export function readInvariants(
  value: unknown,
): { readonly invariants: readonly Invariant[] } | { readonly faults: readonly ConfigurationFault[] } {
  const read = z.array(invariantSchema).min(1).safeParse(value, { reportInput: true });
  if (!read.success) {
    const keys = ['never', 'always', 'why', 'who', 'but', 'does', ...whoKeys];
    return { faults: jsonFaults(read.error, keys, form) };
  }
  const given = z.array(z.record(z.string(), z.unknown())).parse(value);
  return {
    invariants: read.data.flatMap(({ never, always, why }, index): readonly Invariant[] => {
      const [kind, claim] = never === undefined ? (['always', always] as const) : (['never', never] as const);
      if (claim === undefined) return [];
      return [{ ...claim, kind, but: claim.but ?? [], text: `${kind} ${wordsOf(given[index]?.[kind])}`, why }];
    }),
  };
}

const wordsSchema = z.object({ who: z.unknown(), but: z.array(z.string()).default([]), does: z.string() });

/** As the file has it: `guest, but not admin, *:delete`. */
function wordsOf(claim: unknown): string {
  const { who, but, does } = wordsSchema.parse(claim);
  const except = but.length === 0 ? '' : ` but ${but.join(', ')}`;
  return `${typeof who === 'string' ? who : JSON.stringify(who)}${except} ${does}`;
}

export interface InvariantsReport {
  readonly invariants: number;
  /** How many different requests were decided for them: each asker with each permission and each id. */
  readonly requests: number;
  readonly askers: number;
  readonly permissions: number;
  readonly ids: number;
  readonly tenants: number;
  readonly failed: readonly FailedInvariant[];
}

export interface FailedInvariant {
  readonly index: number;
  readonly text: string;
  readonly why: string | null;
  /** How many requests are against it. */
  readonly count: number;
  /** The first of them. */
  readonly counter_example: DecisionReport;
}

/** Holds invariants against everything that can be enumerated: no two roles together, and no claims. */
export function checkInvariants(inspected: InspectedPolicy, invariants: readonly Invariant[]): InvariantsReport {
  const checking = holdInvariants(inspected, invariants);
  let step = checking.next();
  while (step.done !== true) step = checking.next();
  return step.value;
}

/** The same in parts: the generator yields after each asker. */
export function* holdInvariants(
  inspected: InspectedPolicy,
  invariants: readonly Invariant[],
): Generator<void, InvariantsReport> {
  const [everybody, ids, tenants] = [askersOf(inspected), idsOf(inspected), tenantsOf(inspected)];
  const failed: FailedInvariant[] = [];
  for (const [index, invariant] of invariants.entries()) {
    const found = yield* findCounterExample(inspected, invariant, { everybody, ids, tenants });
    const { text, why } = invariant;
    if (found !== undefined) failed.push({ index, text, why: why ?? null, ...found });
  }
  return {
    ...{ invariants: invariants.length, requests: everybody.length * allPermissions.length * ids.length },
    ...{ askers: everybody.length, permissions: allPermissions.length, ids: ids.length, tenants: tenants.length },
    failed,
  };
}

interface Enumerated {
  readonly everybody: readonly Asker[];
  readonly ids: readonly (string | undefined)[];
  readonly tenants: readonly (string | undefined)[];
}

function* findCounterExample(
  inspected: InspectedPolicy,
  { kind, who, but, does }: Invariant,
  { everybody, ids, tenants }: Enumerated,
): Generator<void, Pick<FailedInvariant, 'count' | 'counter_example'> | undefined> {
  const askers = who === '*' ? everybody : oneOf(inspected, who, tenants);
  let count = 0;
  let first: DecisionReport | undefined;
  for (const asker of askers) {
    yield;
    const names = but.length === 0 ? undefined : inspected.namesOf(asker.user);
    if (but.some((name) => names?.has(name) === true)) continue;
    for (const permission of does) {
      for (const id of ids) {
        const { effect } = inspected.decide({ user: asker.user, permission, id });
        if ((effect === 'allow') === (kind === 'always')) continue;
        count += 1;
        first ??= reportDecision(inspected, { asker, permission, id });
      }
    }
  }
  return first === undefined ? undefined : { count, counter_example: first };
}

/** Somebody in particular, in the tenant that is said, or else in each. */
function oneOf(inspected: InspectedPolicy, who: AskerFields, tenants: Enumerated['tenants']): readonly Asker[] {
  const all = who.tenant !== undefined || !inspected.names.asksTenant ? [who.tenant] : tenants;
  return all.map((tenant) => createAsker(inspected, { ...who, tenant }));
}
