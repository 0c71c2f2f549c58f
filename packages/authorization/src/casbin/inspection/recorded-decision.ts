import { type KeptDecision, readReason } from '@agentflow/core';
import { allRoutes } from '@agentflow/protocol';
import { recordedEffect } from './recorded-effect.js';

/** A decision that a policy has made, as far as it is recorded: without the claims of the credential. */
export interface RecordedDecision {
  readonly tenant: string;
  readonly realm: string;
  readonly subject: string;
  /** As the credential says; undefined where a version recorded it that recorded no roles. */
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
 * What the policy of a file has decided, of what is kept; nothing where something else decided. Where somebody acted for the
 * principal these are two decisions, about each: the actor is asked about once the principal may.
 * @param file as places in it have it
 */
export function recordedDecisions(file: string, kept: KeptDecision): readonly RecordedDecision[] {
  const { actor, roles, reason } = kept;
  const about = actor === null || reason === null ? undefined : readReason(actor, reason);
  const effect = recordedEffect(file, about === undefined ? kept : { ...kept, reason: about.reason });
  if (effect === undefined) return [];
  const principals = { ...factsOf(kept), roles: roles ?? undefined };
  const mayItself = about?.who === 'actor' ? 'allow' : effect;
  const first = { ...principals, effect: mayItself };
  if (actor === null || mayItself === 'deny') return [first];
  return [first, { ...principals, realm: actor.realm, subject: actor.subject, roles: actor.roles, effect }];
}

function factsOf(kept: KeptDecision): Omit<RecordedDecision, 'roles' | 'effect'> {
  const { tenant, realm, subject, resource, action } = kept;
  return {
    ...{ tenant, realm, subject, resource, action },
    id: kept.resourceId ?? undefined,
    // Of a run that a route has started, a use of one node or tool.
    many: kept.event !== 'use-refused' && aboutMany.has(kept.route ?? ''),
    times: kept.count,
  };
}
