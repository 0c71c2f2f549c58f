import { randomUUID } from 'node:crypto';
import type { AgentState, Granularity, InvokeMeta, Message } from '@agentflow/protocol';
import { z } from 'zod';
import type { Clock } from '../../clock.js';
import { RequestError, ValidationError } from '../../errors.js';
import { provideFiles } from '../../files/files-of-run.js';
import {
  GraphInputError,
  type GraphRuntime,
  type Question,
  RecursionLimitError,
  RunEndedError,
  type RunEvent,
  type RunRequest,
} from '../../graph-runtime.js';
import { keyOfOwner, type OwnerKey } from '../../principal.js';
import type { Signals } from '../../signals.js';
import type { MemoryStore } from '../../stores/memory-store.js';
import type { RunStore } from '../../stores/run-store.js';
import { type UsableResource, UseRefusedError } from '../../use-guard.js';
import type { Call } from './call.js';
import { clientMessageSchema, isForgeryInAnyThread } from './client-messages.js';
import type { KeptFiles } from './file-parts.js';
import { jsonObject, type RouteInputs, readInput } from './read-input.js';
import { recordRun } from './record-run.js';
import { rememberWhileHeld } from './remember-while-held.js';
import { tellRemoteCalls } from './remote-calls.js';
import { type RemoteToolParts, remoteToolsOf } from './remote-tools-of-caller.js';
import { cleanConfig, requireSmallConfig } from './run-config.js';
import { onDisconnectChoices, withReader } from './run-reader.js';
import { readStateInput, type StateInput } from './state-input.js';
import { takeTurn } from './take-turn.js';
import { type EnteredThread, openThread, type ThreadEntryParts } from './thread-entry.js';
import { readUserFiles } from './user-files.js';

/** The body that `invoke` and `stream` share (contract 1.3). */
const runBodySchema = z
  .object({
    messages: z.array(clientMessageSchema).max(1000).default([]),
    resume: z.json().optional(),
    initial_state: jsonObject.nullish(),
    config: jsonObject.nullish(),
    recursion_limit: z.number().int().min(1).max(100).default(25),
    response_granularity: z.enum(['full', 'partial', 'low']).default('low'),
    on_disconnect: z.enum(onDisconnectChoices).default('cancel'),
  })
  .refine(({ messages, resume }) => messages.length > 0 || resume !== undefined, {
    path: ['messages'],
    error: 'must hold at least one message',
  })
  .refine(({ messages, resume, initial_state }) => resume === undefined || (messages.length === 0 && !initial_state), {
    path: ['resume'],
    error: 'goes on with what is there: neither messages nor initial_state can come with it',
  });

export const runInputs = {
  invokeGraph: { body: runBodySchema },
  streamGraph: { body: runBodySchema },
} satisfies RouteInputs;

type RunBody = z.output<typeof runBodySchema>;

export interface RunStart {
  readonly kind: 'started';
  readonly runId: string;
  readonly threadId: string;
  readonly isNewThread: boolean;
  readonly granularity: Granularity;
  /** What the client sent, as the thread keeps it. */
  readonly input: readonly Message[];
  /** Aborted, with why, when the run has lost its thread: nothing that it tells is true any more. */
  readonly hold: AbortSignal;
  /** Says, with why, that nobody reads the run any more: it ends with that, unless the request asked that it goes on. */
  readonly unread: (reason: Error) => void;
}

/** A run, told from its start to its end. */
export type RunProgress =
  | RunStart
  | RunEvent
  | {
      readonly kind: 'finished';
      readonly state: AgentState;
      readonly status: InvokeMeta['status'];
      /** What the thread waits for. */
      readonly questions: readonly Question[];
      readonly seconds: number;
    };

export interface RunParts extends ThreadEntryParts, RemoteToolParts, KeptFiles {
  readonly runtime: GraphRuntime;
  readonly runs: RunStore;
  readonly memories: MemoryStore;
  /** What of the graph is used only by whoever may; everything else by everybody who may run it. */
  readonly guarded: ReadonlySet<UsableResource>;
  /**
   * Counts a run of a principal, until the function that it returns is called.
   * @throws {RequestError} RATE_LIMIT_EXCEEDED where they have as many as one may have
   */
  readonly enterRun: (owner: OwnerKey) => () => void;
  readonly clock: Clock;
  readonly signals: Signals;
}

/**
 * Runs the graph for a call: validates the body, enters the thread, polices what the client claims to have been said,
 * runs, and gives the thread back whatever happens. Nothing is yielded before the run is sure to begin, so that every
 * refusal still has a status of its own.
 * @throws {RequestError} and whatever the graph throws
 */
export async function* runGraph(asked: Call, parts: RunParts): AsyncGenerator<RunProgress, void, undefined> {
  const leave = parts.enterRun(asked.owner);
  try {
    yield* runEntered(asked, parts);
  } finally {
    leave();
  }
}

async function* runEntered(asked: Call, parts: RunParts): AsyncGenerator<RunProgress, void, undefined> {
  const body = readInput(runBodySchema, asked.body, 'body');
  const { call, unread } = withReader(asked, body.on_disconnect);
  requireSmallConfig(body.config);
  const initial = readStateInput(body.initial_state, 'initial_state');
  checkFields(parts.runtime, initial);
  await requireFixForForgery(call, body, initial);
  const runId = randomUUID();
  const threadId = call.threadId ?? randomUUID();
  const entered = await openThread(parts, call, threadId, runId);
  const { thread, hold, created } = entered;
  // However it ends: work that its code has left behind is nobody's any more, and no lease asks for it.
  const over = new AbortController();
  const end = AbortSignal.any([hold.signal, over.signal]);
  try {
    const sent = { messages: body.messages, initialMessages: initial.context, resume: body.resume };
    const { input, messages, resume } = await takeTurn(call, parts, entered, sent);
    const granularity = body.response_granularity;
    const request: RunRequest = {
      runId,
      threadUuid: thread.uuid,
      threadId,
      messages,
      resume,
      initialState: initial.values,
      config: cleanConfig(body.config),
      user: call.user,
      memories: rememberWhileHeld(parts.memories.of(call.owner), end),
      remoteTools: { tools: await remoteToolsOf(parts, call.owner), askedOf: keyOfOwner(call.owner) },
      recursionLimit: body.recursion_limit,
      withStates: granularity !== 'low',
      guard: { resources: parts.guarded, requireUse: (resource, name) => call.requireUse(resource, name) },
      signal: AbortSignal.any([end, hold.stop]),
    };
    provideFiles(call.user, readUserFiles(call, parts));
    const run = { runId, owner: call.owner, threadUuid: thread.uuid, threadId, holder: hold.holder };
    const about = { runId, threadId, isNewThread: created, granularity, input };
    yield* recordRun(parts, run, hold.signal, () =>
      tell(call, request, entered, parts, { kind: 'started', ...about, hold: hold.signal, unread }),
    );
  } catch (error) {
    throw toRequestError(error, hold.signal, body.recursion_limit);
  } finally {
    over.abort(new RunEndedError());
    await hold.release();
  }
}

async function* tell(
  call: Call,
  request: RunRequest,
  { hold }: EnteredThread,
  { runtime, clock }: RunParts,
  started: RunStart,
): AsyncGenerator<RunProgress, void, undefined> {
  yield started;
  const startedAt = clock.now();
  let isStopped = false;
  try {
    yield* runtime.run(request);
  } catch (error) {
    isStopped = hold.stop.aborted && !hold.signal.aborted;
    if (!isStopped) throw error;
  }
  const state = await runtime.readState(request.threadUuid);
  if (state === null && isStopped) {
    throw new RequestError('CONFLICT', { message: 'The run was stopped before it had done anything.' });
  }
  if (state === null) throw new Error('the run has left no state');
  const status = isStopped ? 'stopped' : isInterrupted(state) ? 'interrupted' : 'completed';
  const questions = status === 'interrupted' ? await runtime.readQuestions(request.threadUuid) : [];
  yield* tellRemoteCalls(questions, call, clock.now() / 1000);
  yield { kind: 'finished', state, status, questions, seconds: (clock.now() - startedAt) / 1000 };
}

function isInterrupted(state: AgentState): boolean {
  return state.execution_meta.status.startsWith('interrupted');
}

/** @throws {ValidationError} for a field that the graph's state does not have */
function checkFields(runtime: GraphRuntime, initial: StateInput): void {
  try {
    runtime.checkInput(initial.values);
  } catch (error) {
    if (!(error instanceof GraphInputError)) throw error;
    throw new ValidationError([
      { loc: ['body', 'initial_state', ...error.path], msg: error.message, type: 'graph_input' },
    ]);
  }
}

/** Whoever writes what the engine or another party would have said needs the permission to repair threads. */
async function requireFixForForgery(call: Call, body: RunBody, initial: StateInput): Promise<void> {
  if (initial.steersEngine || body.messages.some(isForgeryInAnyThread)) {
    await call.require('graph:fix');
  }
}

function toRequestError(error: unknown, signal: AbortSignal, recursionLimit: number): unknown {
  if (error instanceof RequestError) return error;
  if (signal.aborted) return signal.reason;
  if (error instanceof UseRefusedError) return error.refusal;
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
