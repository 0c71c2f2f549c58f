import { randomUUID } from 'node:crypto';
import type { AgentState, Granularity, Message } from '@agentflow/protocol';
import { z } from 'zod';
import type { Clock } from '../../clock.js';
import { RequestError, ValidationError } from '../../errors.js';
import { GraphInputError, type GraphRuntime, RecursionLimitError, type RunEvent } from '../../graph-runtime.js';
import { acceptMessages } from './accept-messages.js';
import type { Call } from './call.js';
import { clientMessageSchema, isClientsToSay } from './client-messages.js';
import { jsonObject, readInput } from './read-input.js';
import { cleanConfig } from './run-config.js';
import { readStateInput, type StateInput } from './state-input.js';
import { openThread, type ThreadEntryParts } from './thread-entry.js';

/** The body that `invoke` and `stream` share (contract 1.3). */
const runBodySchema = z.object({
  messages: z.array(clientMessageSchema).min(1, 'must hold at least one message').max(1000),
  initial_state: jsonObject.nullish(),
  config: jsonObject.nullish(),
  recursion_limit: z.number().int().min(1).max(100).default(25),
  response_granularity: z.enum(['full', 'partial', 'low']).default('low'),
});

type RunBody = z.output<typeof runBodySchema>;

/** A run, told from its start to its end. */
export type RunProgress =
  | {
      readonly kind: 'started';
      readonly runId: string;
      readonly threadId: string;
      readonly isNewThread: boolean;
      readonly granularity: Granularity;
      /** What the client sent, as the thread keeps it. */
      readonly input: readonly Message[];
    }
  | RunEvent
  | { readonly kind: 'finished'; readonly state: AgentState; readonly seconds: number };

export interface RunParts extends ThreadEntryParts {
  readonly runtime: GraphRuntime;
  readonly clock: Clock;
}

/**
 * Runs the graph for a call: validates the body, enters the thread, polices what the client claims to have been said,
 * runs, and gives the thread back whatever happens. Nothing is yielded before the run is sure to begin, so that every
 * refusal still has a status of its own.
 * @throws {RequestError} and whatever the graph throws
 */
export async function* runGraph(call: Call, parts: RunParts): AsyncGenerator<RunProgress, void, undefined> {
  const body = readInput(runBodySchema, call.body, 'body');
  const initial = readStateInput(body.initial_state, 'initial_state');
  await requireFixForForgery(call, body, initial);
  const runId = randomUUID();
  const threadId = call.threadId ?? randomUUID();
  const entered = await openThread(parts, call.owner, threadId, runId, call.signal);
  try {
    const input = await acceptMessages(call, parts, entered, [...initial.context, ...body.messages]);
    const granularity = body.response_granularity;
    yield { kind: 'started', runId, threadId, isNewThread: entered.created, granularity, input };
    const startedAt = parts.clock.now();
    yield* parts.runtime.run({
      runId,
      threadUuid: entered.thread.uuid,
      threadId,
      messages: input,
      initialState: initial.values,
      config: cleanConfig(body.config),
      user: call.user,
      recursionLimit: body.recursion_limit,
      withStates: granularity !== 'low',
      signal: entered.hold.signal,
    });
    const state = await parts.runtime.readState(entered.thread.uuid);
    if (state === null) throw new Error('the run has left no state');
    yield { kind: 'finished', state, seconds: (parts.clock.now() - startedAt) / 1000 };
  } catch (error) {
    throw toRequestError(error, entered.hold.signal, body.recursion_limit);
  } finally {
    await entered.hold.release();
  }
}

/** Whoever writes what the engine or another party would have said needs the permission to repair threads. */
async function requireFixForForgery(call: Call, body: RunBody, initial: StateInput): Promise<void> {
  const anyCall = { has: () => true } as unknown as ReadonlySet<string>;
  if (initial.steersEngine || !body.messages.every((message) => isClientsToSay(message, anyCall))) {
    await call.require('graph:fix');
  }
}

function toRequestError(error: unknown, signal: AbortSignal, recursionLimit: number): unknown {
  if (error instanceof RequestError) return error;
  if (signal.aborted) return signal.reason;
  if (error instanceof GraphInputError) {
    return new ValidationError([{ loc: ['body', ...error.path], msg: error.message, type: 'graph_input' }]);
  }
  if (error instanceof RecursionLimitError) {
    const msg = `the run took more than ${recursionLimit} steps and was ended`;
    return new ValidationError([{ loc: ['body', 'recursion_limit'], msg, type: 'recursion_limit' }]);
  }
  return new RequestError('INTERNAL', {
    message: 'The graph failed. The request id finds the reason in the log.',
    reason: error instanceof Error ? `the graph threw ${error.name}: ${error.message}` : 'the graph threw',
    cause: error,
  });
}
