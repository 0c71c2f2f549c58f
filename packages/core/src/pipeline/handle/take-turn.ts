import type { JsonValue, Message } from '@agentflow/protocol';
import { RequestError, ValidationError } from '../../errors.js';
import type { Question, Resumption } from '../../graph-runtime.js';
import { keyOfOwner } from '../../principal.js';
import { isRemoteCallId } from '../../remote-tools.js';
import { type AcceptMessagesParts, acceptMessages } from './accept-messages.js';
import type { Call } from './call.js';
import { type ClientMessage, openToolCalls } from './client-messages.js';
import { threadNotFound } from './reach-thread.js';
import {
  answerRemoteCalls,
  leaveUnanswered,
  remoteCallsOf,
  requireNoResults,
  waitsForResults,
} from './remote-calls.js';
import type { EnteredThread } from './thread-entry.js';

/** What a client has sent for a run. */
export interface Sent {
  readonly messages: readonly ClientMessage[];
  /** What began the conversation, and changes nothing where it goes on with an answer. */
  readonly initialMessages: readonly ClientMessage[];
  /** The answer to an interrupt; undefined where there is none. */
  readonly resume: JsonValue | undefined;
}

/** What a run begins with, or goes on with. */
export interface Turn {
  /** Of what the client said, as the thread keeps it. */
  readonly input: readonly Message[];
  /** What the graph is given. */
  readonly messages: readonly Message[];
  readonly resume: Resumption | null;
}

/**
 * Reads what a client has sent by what its thread waits for: an answer to an interrupt, the results of tools that it runs, or
 * something new. Whoever says something new lets go of what was asked.
 * @throws {AccessDeniedError} {@link RequestError} and leaves no trace then, least of all a thread
 */
export async function takeTurn(
  call: Call,
  parts: AcceptMessagesParts,
  entered: EnteredThread,
  sent: Sent,
): Promise<Turn> {
  const { thread, created } = entered;
  const questions = created ? [] : await parts.runtime.readQuestions(thread.uuid);
  if (sent.resume !== undefined) {
    return {
      input: [],
      messages: [],
      resume: await answerInterrupts(call, parts, entered, { questions, value: sent.resume }),
    };
  }
  const isWaiting = remoteCallsOf(questions).length > 0;
  const resume = isWaiting ? await answerRemoteCalls(call, entered, questions, sent.messages) : undefined;
  if (resume !== undefined) return { input: [], messages: [], resume };
  const said = [...sent.initialMessages, ...sent.messages];
  await requireNoResults(call, entered, questions, said);
  const input = await acceptMessages(call, parts, entered, said);
  if (!isWaiting) return { input, messages: input, resume: null };
  const context = (await parts.runtime.readState(thread.uuid))?.context ?? [];
  // Those of the turn that waits: what was left open before it cannot be mended by an answer here.
  const turn = context.slice(context.findLastIndex(({ tools_calls: calls }) => calls !== null));
  const unanswered = leaveUnanswered(openToolCalls(turn), parts.clock.now() / 1000);
  return { input, messages: [...unanswered, ...input], resume: null };
}

/**
 * Only a thread that waits for an answer can take one. A thread that this request started leaves no trace. What goes on comes to all
 * calls again that wait, and would then ask the caller's client what another's was asked.
 */
async function answerInterrupts(
  call: Call,
  { runtime, threads }: AcceptMessagesParts,
  { thread, created }: EnteredThread,
  { questions, value }: { readonly questions: readonly Question[]; readonly value: JsonValue },
): Promise<Resumption> {
  if (created) {
    await threads.delete(thread);
    throw threadNotFound();
  }
  requireNoCallIds(value);
  if (remoteCallsOf(questions).some(({ askedOf }) => askedOf !== keyOfOwner(call.owner)))
    throw waitsForResults(questions);
  const interrupts = questions.filter(({ remoteCalls }) => remoteCalls === undefined);
  const [first] = interrupts;
  if (first !== undefined) return { answers: byId(interrupts, value) ?? [{ questionId: first.id, value }] };
  if (questions.length > 0) throw waitsForResults(questions);
  const state = await runtime.readState(thread.uuid);
  if (state?.execution_meta.status.startsWith('interrupted') === true) return { answers: [] };
  throw new RequestError('CONFLICT', { message: 'The thread is not waiting for an answer.' });
}

/** An object whose every name is the id of a question that waits answers each of those; any other value the first that was asked. */
function byId(interrupts: readonly Question[], value: JsonValue): Resumption['answers'] | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const ids = new Set(interrupts.map(({ id }) => id));
  const given = Object.entries(value as Readonly<Record<string, JsonValue>>);
  if (given.length === 0 || !given.every(([id]) => ids.has(id))) return undefined;
  return given.map(([questionId, answer]) => ({ questionId, value: answer }));
}

/**
 * A graph finds the results of remote tools by these names, in whatever its task was answered with: they come as messages, which are
 * held against what was asked, and of whom.
 * @throws {ValidationError}
 */
function requireNoCallIds(value: JsonValue): void {
  const named = (one: JsonValue) => Object.keys(Object(one) as object).some(isRemoteCallId);
  if (!named(value) && !Object.values(Object(value) as Record<string, JsonValue>).some(named)) return;
  const msg = 'names a call of a remote tool: send its result as a message';
  throw new ValidationError([{ loc: ['body', 'resume'], msg, type: 'remote_call' }]);
}
