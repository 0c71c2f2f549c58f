import { defaultTenant, type KeptDecision, usableResources } from '@agentflow/core';
import { z } from 'zod';
import { isRoleName } from '../subject-name.js';
import { createAsker } from './asker.js';
import { createTally, type RecordedChange } from './replay.js';

/** Where a shadow thought otherwise, summed. */
export interface DifferencesReport {
  readonly differences: number;
  /** All of which something is recorded, also those that are not summed. */
  readonly candidates: readonly string[];
  readonly gained: number;
  readonly lost: number;
  readonly other: number;
  /** The most frequent first. */
  readonly changes: readonly RecordedChange[];
}

const answerSchema = z.object({
  name: z.string(),
  effect: z.enum(['allow', 'deny']),
  policy_id: z.string().nullable(),
  reason: z.string(),
});

const detailSchema = z.object({
  change: z.enum(['gain', 'loss', 'other']),
  many: z.boolean(),
  live: answerSchema,
  candidate: answerSchema,
});

const ownIds: ReadonlySet<string> = new Set(usableResources);

/** @param wanted the name of one candidate; undefined: of all */
export async function sumDifferences(
  kept: AsyncIterable<KeptDecision>,
  wanted: string | undefined,
): Promise<DifferencesReport> {
  const kinds = { gain: 0, loss: 0, other: 0 };
  const candidates = new Set<string>();
  const changes = createTally<RecordedChange>();
  for await (const one of kept) {
    const read = detailSchema.safeParse(one.detail);
    if (!read.success) continue;
    const { change: kind, many, live, candidate } = read.data;
    const { name, ...after } = candidate;
    const { name: _backend, ...before } = live;
    candidates.add(name);
    if (wanted !== undefined && name !== wanted) continue;
    kinds[kind] += one.count;
    // Threads and runs are told apart by the rules that decide about them, and not one by one: there are many of them.
    const on = ownIds.has(one.resource) ? one.resourceId : null;
    const asked = { who: whoOf(one), does: `${one.resource}:${one.action}`, on, many };
    const change = { kind, ...asked, before, after };
    changes.add(JSON.stringify([change, name]), one.count, () => change);
  }
  return {
    differences: kinds.gain + kinds.loss + kinds.other,
    candidates: [...candidates].toSorted(),
    ...{ gained: kinds.gain, lost: kinds.loss, other: kinds.other },
    changes: changes.mostFrequentFirst(),
  };
}

/** By a name that says the tenant too, whatever the model asks for. */
function whoOf({ tenant, realm, subject, roles }: KeptDecision): string {
  const fields = { subject, realm, roles: (roles ?? []).filter(isRoleName) };
  const where = tenant === defaultTenant ? undefined : tenant;
  return createAsker({ names: nobody }, { ...fields, tenant: where }).label;
}

const nobody = {
  ...{ roles: [], principals: [], tenants: [], ids: [], stranger: 'somebody' },
  ...{ asksTenant: false, asksId: false, asksClaims: false },
};
