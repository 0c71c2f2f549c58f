import { isJsonValue, type Question, type RemoteToolCall } from '@agentflow/core';
import type { JsonObject } from '@agentflow/protocol';
import { objectOf } from './content.js';

/** By this name of its value an interrupt is known that only asks a client to run tools. */
const kind = 'remote_tool_calls';

/** Calls that wait for one principal's client, as the value of an interrupt. A thread keeps it, so it is plain JSON. */
export interface RemoteQuestion {
  readonly agentflow: typeof kind;
  readonly asked_of: string;
  readonly calls: readonly Omit<RemoteToolCall, 'askedOf'>[];
}

export function createRemoteQuestion(calls: readonly RemoteToolCall[], askedOf: string): RemoteQuestion {
  return {
    agentflow: kind,
    asked_of: askedOf,
    calls: calls.map(({ id, name, args, node }) => ({ id, name, args, node })),
  };
}

function isRemoteQuestion(value: unknown): value is RemoteQuestion {
  const { agentflow, asked_of: askedOf, calls } = objectOf(value);
  return agentflow === kind && typeof askedOf === 'string' && Array.isArray(calls);
}

/** An interrupt of a thread as what it asks. What it asks of a client does not say of whose. */
export function toQuestion({ id, value }: { readonly id?: string; readonly value?: unknown }): Question {
  if (!isRemoteQuestion(value)) {
    return { id: id ?? null, value: isJsonValue(value) ? value : null, remoteCalls: undefined };
  }
  const { asked_of: askedOf, calls } = value;
  const told: JsonObject = { type: kind, calls: calls.map((call) => ({ ...call })) };
  return { id: id ?? null, value: told, remoteCalls: calls.map((call) => ({ ...call, askedOf })) };
}
