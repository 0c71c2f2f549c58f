import type { JsonObject, Message, ThreadSummary } from '@agentflow/protocol';
import { z } from 'zod';
import { formatTime } from '../../clock.js';
import { NotFoundError, ValidationError } from '../../errors.js';
import { GraphInputError } from '../../graph-runtime.js';
import type { Thread } from '../../stores.js';
import { acceptMessages } from './accept-messages.js';
import type { Call, Handlers } from './call.js';
import { clientMessageSchema } from './client-messages.js';
import { data } from './outcome.js';
import { jsonObject, pageSchema, readInput } from './read-input.js';
import type { RunParts } from './run.js';
import { readStateInput } from './state-input.js';
import { type EnteredThread, enterThread, findThread, openThread } from './thread-entry.js';

const messagesBodySchema = z.object({
  messages: z.array(clientMessageSchema).min(1, 'must hold at least one message').max(1000),
});

const stateBodySchema = z.object({ state: jsonObject });

type ThreadRoutes =
  | 'listThreads'
  | 'readThread'
  | 'deleteThread'
  | 'readThreadState'
  | 'updateThreadState'
  | 'clearThreadState'
  | 'listMessages'
  | 'addMessages'
  | 'readMessage'
  | 'deleteMessage';

/** The routes of threads (contract 1.5). Every one begins in the caller's own threads and can leave them nowhere. */
export function createThreadHandlers(parts: RunParts): Pick<Handlers, ThreadRoutes> {
  const { threads, runtime } = parts;

  const find = (call: Call) => findThread(threads, call.owner, idOf(call));
  const contextOf = async (thread: Thread) => (await runtime.readState(thread.uuid))?.context ?? [];

  /** Does something with a thread that is there, while no run does. */
  async function change<T>(call: Call, work: (entered: EnteredThread) => Promise<T>): Promise<T> {
    const entered = await enterThread(parts, call.owner, idOf(call), call.signal);
    return whileHeld(entered, work);
  }

  return {
    listThreads: async (call) => {
      const query = readInput(pageSchema, Object.fromEntries(call.query), 'query');
      return data({ threads: (await threads.list(call.owner, query)).map(summarize) });
    },

    readThread: async (call) => data({ thread_data: { thread: summarize(await find(call)) } }),

    deleteThread: async (call) => {
      await change(call, ({ thread }) => threads.delete(thread));
      return data({ success: true, message: 'Thread deleted successfully', data: true });
    },

    readThreadState: async (call) => data({ state: await runtime.readState((await find(call)).uuid) }),

    updateThreadState: async (call) => {
      const { context, values } = readStateInput(readInput(stateBodySchema, call.body, 'body').state, 'state');
      const state = await change(call, async (entered) => {
        return updateState(parts, entered.thread, await acceptMessages(call, parts, entered, context), values);
      });
      return data({ state });
    },

    clearThreadState: async (call) => {
      await change(call, ({ thread }) => runtime.deleteState(thread.uuid));
      return data({ success: true, message: 'State cleared successfully', data: true });
    },

    listMessages: async (call) => {
      const { search, offset, limit } = readInput(pageSchema, Object.fromEntries(call.query), 'query');
      const context = await contextOf(await find(call));
      const found = search === '' ? context : context.filter((message) => mentions(message, search));
      return data({ messages: found.slice(offset, offset + limit) });
    },

    addMessages: async (call) => {
      const sent = readInput(messagesBodySchema, call.body, 'body').messages;
      const entered = await openThread(parts, call.owner, idOf(call), null, call.signal);
      await whileHeld(entered, async () => {
        await updateState(parts, entered.thread, await acceptMessages(call, parts, entered, sent), {});
      });
      return data({ success: true, message: 'Messages put successfully', data: true });
    },

    readMessage: async (call) => {
      const context = await contextOf(await find(call));
      const message = context.find(({ message_id }) => message_id === call.parameters['message_id']);
      if (message === undefined) throw messageNotFound();
      return data(message);
    },

    deleteMessage: async (call) => {
      const messageId = call.parameters['message_id'] ?? '';
      const found = await change(call, ({ thread }) => runtime.deleteMessage(thread.uuid, messageId));
      if (!found) throw messageNotFound();
      return data({ success: true, message: 'Message deleted successfully' });
    },
  };
}

function idOf(call: Call): string {
  if (call.threadId === undefined) throw new Error('the route of a thread has no thread id');
  return call.threadId;
}

async function whileHeld<T>(entered: EnteredThread, work: (entered: EnteredThread) => Promise<T>): Promise<T> {
  try {
    return await work(entered);
  } finally {
    await entered.hold.release();
  }
}

async function updateState({ runtime }: RunParts, thread: Thread, messages: readonly Message[], values: JsonObject) {
  try {
    return await runtime.updateState(thread.uuid, { messages, values });
  } catch (error) {
    if (!(error instanceof GraphInputError)) throw error;
    throw new ValidationError([{ loc: ['body', 'state', ...error.path], msg: error.message, type: 'graph_input' }]);
  }
}

function summarize(thread: Thread): ThreadSummary {
  return {
    thread_id: thread.threadId,
    thread_name: thread.name,
    user_id: thread.owner.subject,
    metadata: thread.metadata,
    created_at: formatTime(thread.createdAt),
    updated_at: formatTime(thread.updatedAt),
    run_id: thread.runId,
  };
}

function mentions(message: Message, search: string): boolean {
  const wanted = search.toLowerCase();
  return message.content.some((block) => block.type === 'text' && block.text.toLowerCase().includes(wanted));
}

function messageNotFound(): NotFoundError {
  return new NotFoundError('There is no such message.');
}
