import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type AuditTrail, isPrintable, type KeptDecision, type WantedDecisions } from '@agentflow/core';
import type { JsonObject } from '@agentflow/protocol';
import { z } from 'zod';

const name = z.string().min(1).max(255).refine(isPrintable);

/** Those that tell of a decision about a request, a frame or a use. */
const events = [
  ...(['request', 'stream-opened', 'stream-closed', 'socket-opened', 'socket-closed'] as const),
  ...(['use-refused', 'shadow-differed'] as const),
] as const;

/** A line of the log of `agentflow api` about a request that reached a decision. Others have other forms. */
const lineSchema = z.object({
  time: z.iso.datetime(),
  audit: z.object({
    event: z.enum(events),
    route: z.string().nullable(),
    // Older versions wrote no roles.
    principal: z.object({ tenant: name, realm: name, subject: name, roles: z.array(z.string()).optional() }),
    // Older versions knew no actors.
    actors: z.array(z.object({ realm: name, subject: name, roles: z.array(z.string()) })).default([]),
    resource: z.string(),
    action: z.string(),
    resourceId: z.string().nullable(),
    code: z.string().nullable(),
    reason: z.string().nullable(),
    policyId: z.string().nullable(),
    detail: z.record(z.string(), z.json()).nullish(),
  }),
});

/** What a server has decided, by its log. Lines that say something else are passed over. */
export function readLogTrail(file: string): AuditTrail {
  return { decisions: (wanted) => decisionsIn(file, wanted), close: async () => undefined };
}

/** @throws {Error} if the file cannot be read */
async function* decisionsIn(file: string, wanted: WantedDecisions): AsyncGenerator<KeptDecision> {
  try {
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
      const decision = decisionIn(line, wanted);
      if (decision !== undefined) yield decision;
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new Error(`${file} cannot be read (${code})`, { cause: error });
  }
}

function decisionIn(line: string, { since, events }: WantedDecisions): KeptDecision | undefined {
  const read = lineSchema.safeParse(jsonIn(line));
  if (!read.success || Date.parse(read.data.time) < since) return undefined;
  const { principal, actors, detail, ...audit } = read.data.audit;
  if (!events.includes(audit.event)) return undefined;
  const { roles = null, ...who } = principal;
  const [actor = null] = actors;
  return { ...audit, ...who, roles, actor, detail: (detail ?? null) as JsonObject | null, count: 1 };
}

function jsonIn(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
