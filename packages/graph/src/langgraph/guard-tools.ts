import { RunEndedError } from '@agentflow/core';
import { ToolMessage } from '@langchain/core/messages';
import { memberOf, wrapMethod } from './runnable-shape.js';
import { askedUse, runsOf } from './unasked-tools.js';

/**
 * From now on, all tools of a class ask before they run, in runs that want it. Whichever way a tool is used, it is by one of
 * these two; the first that is reached asks.
 */
export function guardStructuredTools(prototype: object): void {
  guardMethod(prototype, 'invoke');
  guardMethod(prototype, 'call');
}

/** Runnables that were made tools by `asTool`: each way to run one merges its config first. */
export function guardToolLikes(prototype: object): void {
  guardMethod(prototype, 'invoke');
  wrapMethod(prototype, '_mergeConfig', (original) => {
    return async function mergeConfig(...given) {
      if (!isBeginning(this)) {
        const refusal = await refusalOf(this, given[0]);
        if (refusal !== undefined) throw refusal;
      }
      return original(this, given);
    };
  });
}

/** A tool of no known class, which some node holds. */
export function guardOneTool(tool: object): void {
  guardMethod(tool, 'invoke');
}

function guardMethod(owner: object, name: 'call' | 'invoke'): void {
  wrapMethod(owner, name, (original) => {
    return async function use(...given) {
      if (typeof this !== 'object' || this === null || isBeginning(this)) return original(this, given);
      const refusal = await refusalOf(this, given[1]);
      if (refusal !== undefined) return tellModel(refusal, this, given);
      return askedUse.run({ tool: this, begunAs: undefined }, async () => original(this, given));
    };
  });
}

/** It has been asked about, and has not begun: what happens between is one use. */
function isBeginning(tool: unknown): boolean {
  const asked = askedUse.getStore();
  return asked !== undefined && asked.tool === tool && asked.begunAs === undefined;
}

/** Undefined where it may be used, or belongs to no run. */
async function refusalOf(tool: unknown, config: unknown): Promise<Error | undefined> {
  const name = memberOf(tool, 'name');
  for (const run of runsOf(config)) {
    const refusal = await run.refusalOf('tool', typeof name === 'string' ? name : '');
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/** An answer to the model's call, where there is one and the run goes on; else the graph's own code has called, and reads the error. */
function tellModel(refusal: Error, tool: object, [input, config]: readonly unknown[]): ToolMessage {
  if (refusal instanceof RunEndedError) throw refusal;
  const call = isToolCall(input) ? input : memberOf(config, 'toolCall');
  const id = memberOf(call, 'id');
  if (typeof id !== 'string') throw refusal;
  const name = memberOf(tool, 'name');
  return new ToolMessage({
    status: 'error',
    content: refusal.message,
    tool_call_id: id,
    ...(typeof name === 'string' && { name }),
  });
}

function isToolCall(input: unknown): boolean {
  return memberOf(input, 'type') === 'tool_call';
}
