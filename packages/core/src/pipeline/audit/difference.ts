import type { JsonObject } from '@agentflow/protocol';
import type { Decision } from '../../authorization-backend.js';
import type { DecisionChange } from '../../compare-decisions.js';
import { ownerOf } from '../../principal.js';
import type { Difference, TellDifference } from '../authorize/ask-shadow.js';
import { type AuditOptions, type RequestRecord, writeAuditEvent } from './audit.js';

/** Writes each decision of one request of which a shadow thinks otherwise; alike ones once. */
export function createDifferenceTeller(record: RequestRecord, options: AuditOptions): TellDifference {
  const told = new Set<string>();
  return (difference) => {
    const { principal, access, name, live, shadow, candidate, change } = difference;
    const caller = record.caller && { ...record.caller, principal };
    const detail = {
      change,
      many: access.many === true,
      live: report(name, live),
      candidate: report(shadow, candidate),
    };
    const key = JSON.stringify([ownerOf(principal), access, detail]);
    if (told.has(key)) return;
    told.add(key);
    const decided = {
      ...(caller && { caller }),
      access,
      reason: inWords(difference),
      policyId: live.policyId,
      detail,
      error: undefined,
    };
    writeAuditEvent({ ...record, ...decided }, 'shadow-differed', live.effect === 'allow' ? 200 : 403, options);
  };
}

function report(name: string, { effect, policyId, reason }: Decision): JsonObject {
  return { name, effect, policy_id: policyId ?? null, reason };
}

/** Of two that both allow some of many, the reasons alone do not say how they differ. */
const among: Readonly<Record<DecisionChange, string>> = { gain: ' more', loss: ' fewer', other: ' others' };

function inWords({ live, shadow, candidate, change }: Difference): string {
  const which = live.effect === candidate.effect ? `, and those are${among[change]}` : '';
  return `${live.reason}; ${shadow} would say: ${candidate.reason}${which}`;
}
