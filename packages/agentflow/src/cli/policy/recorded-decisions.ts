import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type RecordedDecision, recordedEffect } from '@agentflow/authorization/inspection';
import { z } from 'zod';

/** A line of the log of `agentflow api` about a request that reached a decision. Others have other forms. */
const lineSchema = z.object({
  time: z.iso.datetime(),
  audit: z.object({
    event: z.enum(['request', 'stream-opened', 'use-refused']),
    principal: z.object({ tenant: z.string(), realm: z.string(), subject: z.string() }),
    resource: z.string(),
    action: z.string(),
    resourceId: z.string().nullable(),
    code: z.string().nullable(),
    reason: z.string().nullable(),
    policyId: z.string().nullable(),
  }),
});

/** The file of the policy, as places in it have it, and from when on, in milliseconds since the epoch. */
export interface Wanted {
  readonly policy: string;
  readonly since: number;
}

/**
 * What a policy has decided, by a log. Lines that say something else are passed over.
 * @throws {Error} if the file cannot be read
 */
export async function readRecordedDecisions(file: string, wanted: Wanted): Promise<readonly RecordedDecision[]> {
  const decisions: RecordedDecision[] = [];
  try {
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
      const decision = decisionIn(line, wanted);
      if (decision !== undefined) decisions.push(decision);
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new Error(`${file} cannot be read (${code})`, { cause: error });
  }
  return decisions;
}

function decisionIn(line: string, { policy, since }: Wanted): RecordedDecision | undefined {
  const read = lineSchema.safeParse(jsonIn(line));
  if (!read.success || Date.parse(read.data.time) < since) return undefined;
  const { principal, resource, action, resourceId, ...reasons } = read.data.audit;
  const effect = recordedEffect(policy, reasons);
  return effect && { ...principal, resource, action, id: resourceId ?? undefined, effect };
}

function jsonIn(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
