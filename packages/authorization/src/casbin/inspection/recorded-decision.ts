import type { KeptDecision } from '@agentflow/core';
import { allRoutes } from '@agentflow/protocol';
import { recordedEffect } from './recorded-effect.js';

/** A decision that a policy has made, as far as it is recorded: without the claims of the credential. */
export interface RecordedDecision {
  readonly tenant: string;
  readonly realm: string;
  readonly subject: string;
  /** Of the credential; undefined where a version recorded it that recorded no roles. */
  readonly roles: readonly string[] | undefined;
  readonly resource: string;
  readonly action: string;
  readonly id: string | undefined;
  /** Whether it was about all that there are. */
  readonly many: boolean;
  readonly effect: 'allow' | 'deny';
  readonly times: number;
}

const aboutMany: ReadonlySet<string> = new Set(
  allRoutes.filter((route) => 'requires' in route && route.requires.many === true).map(({ name }) => name),
);

/**
 * What the policy of a file has decided, of what is kept; undefined where something else decided.
 * @param file as places in it have it
 */
export function recordedDecision(file: string, kept: KeptDecision): RecordedDecision | undefined {
  const effect = recordedEffect(file, kept);
  if (effect === undefined) return undefined;
  const { tenant, realm, subject, resource, action } = kept;
  return {
    ...{ tenant, realm, subject, resource, action, effect },
    roles: kept.roles ?? undefined,
    id: kept.resourceId ?? undefined,
    // Of a run that a route has started, a use of one node or tool.
    many: kept.event !== 'use-refused' && aboutMany.has(kept.route ?? ''),
    times: kept.count,
  };
}
