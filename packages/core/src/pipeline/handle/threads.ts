import type { JsonObject, Message } from '@agentflow/protocol';
import { z } from 'zod';
import { NotFoundError, ValidationError } from '../../errors.js';
import { GraphInputError } from '../../graph-runtime.js';
import type { Thread } from '../../stores/thread-store.js';
import { acceptMessages } from './accept-messages.js';
import type { Call, Handlers } from './call.js';
import { clientMessageSchema } from './client-messages.js';
import { data } from './outcome.js';
import { pageFields, readPage } from './page.js';
import type { ReachedThread } from './reach-thread.js';
import { jsonObject, type RouteInputs, readInput, searchText } from './read-input.js';
import { requireUnasked } from './remote-calls.js';
import type { RunParts } from './run.js';
import { readStateInput } from './state-input.js';
import { summarizeReached } from './summarize-thread.js';
import { type EnteredThread, enterThread, findThread, openThread, threadIdOf } from './thread-entry.js';

const messagesBodySchema = z.object({
  messages: z.array(clientMessageSchema).min(1, 'must hold at least one message').max(1000),
});

const stateBodySchema = z.object({ state: jsonObject });

const searchSchema = z.object({ ...pageFields, search: searchText.default('') });

export const threadInputs = {
  updateThreadState: { body: stateBodySchema },
  listMessages: { query: searchSchema },
  addMessages: { body: messagesBodySchema },
} satisfies RouteInputs;

type ThreadRoutes =
  | 'readThread'
  | 'deleteThread'
  | 'readThreadState'
  | 'updateThreadState'
  | 'clearThreadState'
  | 'listMessages'
  | 'addMessages'
  | 'readMessage'
  | 'deleteMessage';

/**
 * The routes of threads (contract 1.5). Every one begins in the caller's own threads, and leaves them only for what others share
 * with them, and where the configuration lets them see what is others'.
 */
export function createThreadHandlers(parts: RunParts): Pick<Handlers, ThreadRoutes> {
  const { threads, runtime } = parts;

  const find = (call: Call) => findThread(parts, call, 'read', 'checkpointer:read');
  const contextOf = async ({ thread }: ReachedThread) => (await runtime.readState(thread.uuid))?.context ?? [];

  /** Does something with a thread that is there, while no run does. */
  const change = async <T>(call: Call, work: (entered: EnteredThread) => Promise<T>) =>
    whileHeld(await enterThread(parts, call, 'write', 'checkpointer:write'), work);

  /** The same with what takes away from it what is in it. */
  const takeAway = async <T>(call: Call, work: (entered: EnteredThread) => Promise<T>) =>
    whileHeld(await enterThread(parts, call, 'administer', 'checkpointer:delete'), work);

  return {
    readThread: async (call) => data({ thread_data: { thread: summarizeReached(await find(call)) } }),

    deleteThread: async (call) => {
      await takeAway(call, ({ thread }) => threads.delete(thread));
      return data({ success: true, message: 'Thread deleted successfully', data: true });
    },

    readThreadState: async (call) => data({ state: await runtime.readState((await find(call)).thread.uuid) }),

    updateThreadState: async (call) => {
      const { context, values } = readStateInput(readInput(stateBodySchema, call.body, 'body').state, 'state');
      const state = await change(call, async (entered) => {
        await requireUnasked(call, runtime, entered, context);
        return updateState(parts, entered.thread, await acceptMessages(call, parts, entered, context), values);
      });
      return data({ state });
    },

    clearThreadState: async (call) => {
      await takeAway(call, ({ thread }) => runtime.deleteState(thread.uuid));
      return data({ success: true, message: 'State cleared successfully', data: true });
    },

    listMessages: async (call) => {
      const { search, offset, limit } = readPage(searchSchema, call.query);
      const context = await contextOf(await find(call));
      const found = search === '' ? context : context.filter((message) => mentions(message, search));
      return data({ messages: found.slice(offset, offset + limit) });
    },

    addMessages: async (call) => {
      const sent = readInput(messagesBodySchema, call.body, 'body').messages;
      const entered = await openThread(parts, call, threadIdOf(call), null);
      await whileHeld(entered, async () => {
        await requireUnasked(call, runtime, entered, sent);
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
      const found = await takeAway(call, async (entered) => {
        await requireUnasked(call, runtime, entered, []);
        return runtime.deleteMessages(entered.thread.uuid, [messageId]);
      });
      if (found === 0) throw messageNotFound();
      return data({ success: true, message: 'Message deleted successfully' });
    },
  };
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

function mentions(message: Message, search: string): boolean {
  const wanted = search.toLowerCase();
  return message.content.some((block) => block.type === 'text' && block.text.toLowerCase().includes(wanted));
}

function messageNotFound(): NotFoundError {
  return new NotFoundError('There is no such message.');
}
