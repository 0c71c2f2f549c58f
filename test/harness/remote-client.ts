import { type Answer, send } from './requests.js';

/** A call that a client is asked to run. */
export interface RemoteCall {
  readonly id: string;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** A client that runs tools as AgentFlow's does: it answers what it finds in an answer, until there is nothing to answer. */
export interface RemoteClient {
  readonly call: (path: string, body?: object, method?: string) => Promise<Answer>;
  /** Declares tools by their names, all for the node `tools`. */
  readonly declare: (...names: string[]) => Promise<Answer>;
  /** Says something, and answers what is called until nothing is, or `limit` times. */
  readonly converse: (text: string, threadId: string, limit?: number) => Promise<Conversation>;
  readonly answer: (threadId: string, results: Readonly<Record<string, unknown>>) => Promise<Answer>;
}

export interface Conversation {
  /** What was called, in the order in which it was told; a call that was told twice stands there twice. */
  readonly calls: readonly RemoteCall[];
  /** How often the client has answered. */
  readonly rounds: number;
  readonly last: Answer;
}

export function createRemoteClient(url: () => string, token: string): RemoteClient {
  const call: RemoteClient['call'] = (path, body, method) =>
    send(`${url()}${path}`, { token, ...(body && { body }), ...(method && { method }) });
  const answer: RemoteClient['answer'] = (threadId, results) => call('/v1/graph/invoke', answering(threadId, results));
  return {
    call,
    answer,
    declare: (...names) =>
      call('/v1/graph/setup', { tools: names.map((name) => ({ node_name: 'tools', name, description: `${name}.` })) }),
    async converse(text, threadId, limit = 10) {
      const body = { messages: [{ role: 'user', content: text, message_id: '0' }], config: { thread_id: threadId } };
      let last = await call('/v1/graph/invoke', body);
      const calls: RemoteCall[] = [];
      let rounds = 0;
      for (; rounds < limit && callsIn(last).length > 0; rounds += 1) {
        const told = callsIn(last);
        calls.push(...told);
        last = await answer(threadId, Object.fromEntries(told.map(({ id, name }) => [id, `result of ${name}`])));
      }
      return { calls, rounds, last };
    },
  };
}

/** The body that answers calls, with the ids of messages that AgentFlow's client sends. */
export function answering(threadId: string, results: Readonly<Record<string, unknown>>): object {
  const messages = Object.entries(results).map(([id, output]) => toolResult(id, output));
  return { messages, config: { thread_id: threadId } };
}

export function toolResult(callId: string, output: unknown, more: object = {}): object {
  return { role: 'tool', message_id: '0', content: [{ type: 'tool_result', call_id: callId, output, ...more }] };
}

/** The calls that an answer of `invoke` asks for. */
export function callsIn({ body }: Answer): readonly RemoteCall[] {
  const messages: readonly { readonly content: readonly (RemoteCall & { readonly type: string })[] }[] =
    body?.data?.messages ?? [];
  const blocks = messages.flatMap(({ content }) => content);
  return blocks.filter(({ type }) => type === 'remote_tool_call').map(({ id, name, args }) => ({ id, name, args }));
}
