import { randomUUID } from 'node:crypto';
import type { JsonObject, JsonValue, Message } from '@agentflow/protocol';
import { RequestError } from '../../errors.js';
import type { GraphRuntime, Question, Resumption, RunEvent } from '../../graph-runtime.js';
import { keyOfOwner } from '../../principal.js';
import type { RemoteToolCall, RemoteToolResult } from '../../remote-tools.js';
import type { Call } from './call.js';
import { type ClientMessage, isForgeryInAnyThread } from './client-messages.js';
import type { EnteredThread } from './thread-entry.js';

/* Calls of tools that a client runs: how it is told of them, and what it may answer. */

export function remoteCallsOf(questions: readonly Question[]): readonly RemoteToolCall[] {
  return questions.flatMap(({ remoteCalls }) => remoteCalls ?? []);
}

/** Tells a caller's client which tools it is to run (contract 1.3). Only what still waits, and only the caller's own. */
export function* tellRemoteCalls(
  questions: readonly Question[],
  { owner }: Call,
  nowSeconds: number,
): Generator<RunEvent, void, undefined> {
  for (const { id, name, args, node, askedOf } of remoteCallsOf(questions)) {
    if (askedOf !== keyOfOwner(owner)) continue;
    const message: Message = {
      ...{ message_id: randomUUID(), role: 'tool', delta: false, timestamp: nowSeconds },
      content: [{ type: 'remote_tool_call', id, name, args, tool_type: 'remote' }],
      metadata: { is_remote: true, node },
      ...{ tools_calls: null, reasoning: null, usages: null, raw: null, parsed_content: null },
    };
    const remote: JsonObject = { status: 'tool_result', tool_name: name, args, tool_call_id: id, node };
    yield { kind: 'message', message, node, remote };
  }
}

/** Whether it says nothing but what tools have answered. */
function isResults(message: ClientMessage): boolean {
  return message.role === 'tool' && !isForgeryInAnyThread(message);
}

/**
 * What a client has answered to calls that wait, as the answers to the questions that asked for them. Undefined where it answers
 * nothing, and speaks instead.
 * @throws {AccessDeniedError} without `graph:fix`, where it answers what nobody has asked it
 * @throws {RequestError} CONFLICT, with it: an answer that nothing waits for has no place in the thread
 */
export async function answerRemoteCalls(
  call: Call,
  { isOwn }: EnteredThread,
  questions: readonly Question[],
  sent: readonly ClientMessage[],
): Promise<Resumption | undefined> {
  if (!sent.some(({ role }) => role === 'tool')) return undefined;
  const waiting = new Map(remoteCallsOf(questions).map((one) => [one.id, one]));
  const results = new Map<string, RemoteToolResult>();
  const isAnswer = sent.every((message) => {
    if (!isResults(message) || typeof message.content === 'string') return false;
    return message.content.every((block) => {
      if (block.type !== 'tool_result' || results.has(block.call_id)) return false;
      results.set(block.call_id, { output: block.output, isError: block.is_error || block.status === 'failed' });
      return waiting.get(block.call_id)?.askedOf === keyOfOwner(call.owner);
    });
  });
  if (isAnswer) return { answers: questions.flatMap((question) => answerTo(question, results)) };
  if (!isOwn) call.refuse('graph:fix', 'only what was asked of them may be answered in a thread that is shared');
  await call.require('graph:fix');
  throw waitsForResults(questions);
}

function answerTo({ id, remoteCalls = [] }: Question, results: ReadonlyMap<string, RemoteToolResult>) {
  const given = remoteCalls.flatMap((call) => {
    const result = results.get(call.id);
    return result === undefined ? [] : [[call.id, { ...result }] as const];
  });
  const value: JsonValue = Object.fromEntries(given);
  return given.length === 0 ? [] : [{ questionId: id, value }];
}

/**
 * Answers in the name of the server the tool calls that a client left open when it went on: a model refuses a conversation that
 * holds a call and no answer.
 */
export function leaveUnanswered(open: ReadonlySet<string>, nowSeconds: number): readonly Message[] {
  return [...open].map((callId) => ({
    ...{ message_id: randomUUID(), role: 'tool', delta: false, timestamp: nowSeconds, metadata: {} },
    content: [{ type: 'tool_result', call_id: callId, output: leftOpen, is_error: true, status: 'failed' }],
    ...{ tools_calls: null, reasoning: null, usages: null, raw: null, parsed_content: null },
  }));
}

const leftOpen = 'There is no result: the user went on before all tools had answered.';

/**
 * Lets nothing be written into a thread that waits for a client's tools, where what waits would be lost; and no result of a tool
 * into one that waits for anything: what is open there is the graph's to answer.
 * @throws {AccessDeniedError} without `graph:fix`
 * @throws {RequestError} CONFLICT
 */
export async function requireUnasked(
  call: Call,
  runtime: GraphRuntime,
  entered: EnteredThread,
  sent: readonly ClientMessage[],
): Promise<void> {
  const questions = entered.created ? [] : await runtime.readQuestions(entered.thread.uuid);
  if (remoteCallsOf(questions).length > 0) throw waitsForResults(questions);
  await requireNoResults(call, entered, questions, sent);
}

/** @throws {AccessDeniedError} without `graph:fix`, for the result of a tool where the graph waits for something else */
export async function requireNoResults(
  call: Call,
  { isOwn }: EnteredThread,
  questions: readonly Question[],
  sent: readonly ClientMessage[],
): Promise<void> {
  if (questions.length === 0 || !sent.some(({ role }) => role === 'tool')) return;
  if (!isOwn) call.refuse('graph:fix', 'the graph answers its own calls, also in a thread that is shared');
  await call.require('graph:fix');
}

export function waitsForResults(questions: readonly Question[]): RequestError {
  const calls = remoteCallsOf(questions).map(({ id, name }) => `${name} (${id})`);
  const message = `The thread waits for the results of: ${calls.join(', ')}. Send them alone, each as a tool_result.`;
  return new RequestError('CONFLICT', { message });
}
