import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RemoteTool, RemoteToolCall, RemoteToolResult } from '@agentflow/core';
import type { JsonObject } from '@agentflow/protocol';
import { pickRunnableConfigKeys, type RunnableConfig } from '@langchain/core/runnables';
import { AsyncLocalStorageProviderSingleton } from '@langchain/core/singletons';
import { createRemoteQuestion } from './remote-question.js';
import type { RemoteToolsInConfig } from './remote-tools-of-run.js';

/** What LangGraph keeps for one task of a run while it goes on; `interrupt()` lives of the same. */
interface Scratchpad {
  /** What the pauses of this task so far were answered with, in their order. */
  readonly resume: readonly unknown[];
  /** The place in that list which was used last. */
  interruptCounter: number;
}

interface Task {
  readonly scratchpad: Scratchpad;
  /** Unlike that of any other task of the thread, and the same when the task is run again. */
  readonly namespace: string;
  readonly send: (writes: readonly [string, unknown][]) => void;
  readonly asked: Asked;
}

/** The calls that a task has come to, since it was last run from its beginning. */
interface Asked {
  /** How often it has come to the same call. */
  readonly times: Map<string, number>;
  /** Those that wait to be asked together. */
  readonly waiting: Map<string, RemoteToolCall>;
  pause: Promise<never> | undefined;
}

const askedBy = new WeakMap<Scratchpad, Asked>();

/**
 * Has the client of whoever runs the graph run a tool: pauses the run where the answer is not there yet, and is come to again
 * when it is. All calls that a task comes to at once are asked at once.
 * @throws what LangGraph's `interrupt()` throws
 */
export async function askClient(
  { tool, run }: { readonly tool: RemoteTool; readonly run: RemoteToolsInConfig },
  args: JsonObject,
  callId: string,
  config: RunnableConfig,
): Promise<RemoteToolResult> {
  const task = taskOf(config);
  const call: RemoteToolCall = {
    ...{ id: identify(task, tool.name, args, callId), name: tool.name, args },
    ...{ node: tool.node, askedOf: run.askedOf },
  };
  const { scratchpad, asked } = task;
  const place = scratchpad.resume.findIndex((answers) => isObject(answers) && Object.hasOwn(answers, call.id));
  if (place >= 0) {
    // An `interrupt()` of the author's that comes later in this node finds its own answer after this one.
    scratchpad.interruptCounter = Math.max(scratchpad.interruptCounter, place);
    keepAnswers(task);
    return Reflect.get(scratchpad.resume[place] as object, call.id) as RemoteToolResult;
  }
  asked.waiting.set(call.id, call);
  asked.pause ??= pause(task, run, config);
  return asked.pause;
}

async function pause(task: Task, { interrupt, askedOf }: RemoteToolsInConfig, config: RunnableConfig): Promise<never> {
  const { scratchpad, asked } = task;
  // Whoever runs tools side by side has begun with all of them by then.
  await nextTurn();
  asked.pause = undefined;
  keepAnswers(task);
  // Beyond every answer that there is, so that it asks.
  scratchpad.interruptCounter = scratchpad.resume.length - 1;
  const question = createRemoteQuestion([...asked.waiting.values()], askedOf);
  AsyncLocalStorageProviderSingleton.runWithConfig(pickRunnableConfigKeys(config), () => interrupt(question));
  throw new Error('a run went on that should have waited for remote tools');
}

/** LangGraph forgets the answers of a task that pauses once more, unless they are written again. */
function keepAnswers({ scratchpad, send }: Task): void {
  if (scratchpad.resume.length > 0) send([['__resume__', [...scratchpad.resume]]]);
}

/** The same call has the same id each time that its task is run, and no two have one. */
function identify({ namespace, asked }: Task, name: string, args: JsonObject, callId: string): string {
  const call = JSON.stringify([namespace, callId, name, args]);
  const times = asked.times.get(call) ?? 0;
  asked.times.set(call, times + 1);
  return `remote_${createHash('sha256').update(`${call} ${times}`).digest('hex').slice(0, 32)}`;
}

/** @throws {Error} outside of a node, where nothing can pause */
function taskOf(config: RunnableConfig): Task {
  const { __pregel_scratchpad: scratchpad, __pregel_send: send, checkpoint_ns: namespace } = config.configurable ?? {};
  if (!isScratchpad(scratchpad) || typeof send !== 'function' || typeof namespace !== 'string') {
    throw new Error(
      'A remote tool was used outside of a node of the graph. Pass it the config that the node received.',
    );
  }
  const asked: Asked = askedBy.get(scratchpad) ?? { times: new Map(), waiting: new Map(), pause: undefined };
  askedBy.set(scratchpad, asked);
  return { scratchpad, namespace, send: send as Task['send'], asked };
}

function isScratchpad(value: unknown): value is Scratchpad {
  return isObject(value) && Array.isArray(Reflect.get(value, 'resume'));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
