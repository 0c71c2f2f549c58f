import type { Message } from '@agentflow/protocol';
import type { Call, Handlers } from './call.js';
import { openToolCalls } from './client-messages.js';
import { data } from './outcome.js';
import { remoteCallsOf } from './remote-calls.js';
import type { RunParts } from './run.js';
import { enterThread } from './thread-entry.js';

/** `POST /v1/graph/fix`: repairs what a run that broke off has left (contract 1.3). */
export function createFixHandlers(parts: RunParts): Pick<Handlers, 'fixGraph'> {
  const { runtime } = parts;
  return {
    fixGraph: async (call: Call) => {
      const { thread, hold } = await enterThread(parts, call, 'administer', 'graph:fix');
      try {
        const waits = remoteCallsOf(await runtime.readQuestions(thread.uuid)).length > 0;
        if (waits) await runtime.dropQuestions(thread.uuid);
        const unanswered = unansweredMessages((await runtime.readState(thread.uuid))?.context ?? []);
        const removed = unanswered.length === 0 ? 0 : await runtime.deleteMessages(thread.uuid, unanswered);
        const nothing = waits ? 'Gave up the calls that waited' : 'There was nothing to repair';
        const message = removed === 0 ? nothing : `Removed ${removed} messages`;
        return data({ success: true, message, removed_count: removed, state: await runtime.readState(thread.uuid) });
      } finally {
        await hold.release();
      }
    },
  };
}

/**
 * The messages that call tools and lack an answer to any of their calls, together with the answers that they do have: models
 * refuse a conversation that holds one without the other.
 */
function unansweredMessages(context: readonly Message[]): string[] {
  const open = openToolCalls(context);
  const isOpen = ({ tools_calls: calls }: Message) => (calls ?? []).some(({ id }) => open.has(id));
  const asking = context.filter(isOpen);
  const asked = new Set(asking.flatMap(({ tools_calls: calls }) => (calls ?? []).map(({ id }) => id)));
  const answers = context.filter(({ content }) =>
    content.some((block) => block.type === 'tool_result' && asked.has(block.call_id)),
  );
  return [...asking, ...answers].map(({ message_id }) => message_id);
}
