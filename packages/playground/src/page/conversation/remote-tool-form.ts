import { Message, ToolResultBlock } from '@agentflow/client';
import type { JsonValue } from '@agentflow/protocol';
import { element, uniqueId } from '../element.js';
import { readJson, showJson } from './show-json.js';
import { waitingForm } from './waiting-form.js';

/** A call that waits for its client. */
export interface OpenCall {
  readonly id: string;
  readonly name: string;
  readonly args: unknown;
}

/** The calls of a thread that is found waiting, in what it asks; none, where it asks something else. */
export function callsIn(asked: JsonValue): readonly OpenCall[] {
  if (typeof asked !== 'object' || asked === null || !('calls' in asked) || !Array.isArray(asked.calls)) return [];
  return asked['type'] === 'remote_tool_calls' ? (asked.calls as readonly OpenCall[]) : [];
}

/** The model has called tools of the client: whoever sits here is the client, and answers all of them together. */
export function remoteToolForm(calls: readonly OpenCall[], answer: (message: Message) => void): HTMLElement {
  const boxes = calls.map((call) => ({
    call,
    box: element('textarea', { with: { id: uniqueId('result'), rows: 2 } }),
  }));
  return waitingForm({
    label: 'A tool of yours is called',
    title: 'You are the tool',
    body: boxes.flatMap(({ call, box }) => [
      element('label', { with: { for: box.id } }, `What ${call.name} answers to ${showJson(call.args)}`),
      box,
    ]),
    onAnswer() {
      const results = boxes.map(
        ({ call, box }) =>
          new ToolResultBlock({ call_id: call.id, output: readJson(box.value), status: 'completed', is_error: false }),
      );
      answer(Message.tool_message(results));
    },
  });
}
