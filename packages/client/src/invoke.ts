import type { InvokeMeta } from '@agentflow/protocol';
import { ProtocolError } from './errors/error-classes.js';
import { isObject } from './json.js';
import type { Message } from './messages/message.js';
import { readMessages, readState } from './messages/wire.js';
import type { Exchange } from './request/exchange.js';
import {
  type InvokeOptions,
  type InvokePartialResult,
  type InvokeResult,
  type RunBody,
  writeFollowUp,
} from './run-options.js';
import type { ToolRounds } from './tools/tool-rounds.js';

type Round = Pick<InvokeResult, 'messages' | 'state' | 'context' | 'summary' | 'meta'>;

/** Runs the graph to its end, with a further round for each time that tools of this client are asked for. */
export async function invokeGraph(
  exchange: Exchange,
  rounds: ToolRounds,
  body: RunBody,
  options: InvokeOptions,
): Promise<InvokeResult> {
  const all: Message[] = [];
  let asked = body;
  for (let iterations = 1; ; iterations += 1) {
    const outgoing = { method: 'POST', path: '/v1/graph/invoke', body: asked, isRepeatable: false, isLasting: true };
    const round = readRound(await exchange.json(outgoing, options));
    all.push(...round.messages);
    for (const message of round.messages) rounds.see(message);
    const { isAsked } = rounds;
    const partial: InvokePartialResult = {
      ...round,
      iteration: iterations,
      has_tool_calls: isAsked,
      is_final: !isAsked,
    };
    await options.onPartialResult?.(partial);
    if (!isAsked || rounds.isOver(iterations)) {
      return { ...round, all_messages: all, iterations, recursion_limit_reached: isAsked };
    }
    const answers = await rounds.answer(round.meta.thread_id, options.signal);
    all.push(...answers);
    asked = writeFollowUp(asked, answers, round.meta.thread_id);
  }
}

function readRound(answer: unknown): Round {
  const data = isObject(answer) ? answer['data'] : undefined;
  if (!isObject(data) || !isObject(data['meta'])) {
    throw new ProtocolError('The answer is not that of a run.', { code: 'MALFORMED_ANSWER', status: 200 });
  }
  const { messages, state, context, summary, meta } = data;
  return {
    messages: readMessages(messages),
    state: readState(state),
    context: Array.isArray(context) ? readMessages(context) : null,
    summary: typeof summary === 'string' ? summary : null,
    meta: meta as unknown as InvokeMeta,
  };
}
