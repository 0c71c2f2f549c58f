import type { JsonObject, Message, ThreadSummary } from '@agentflow/protocol';
import { z } from 'zod';
import { formatTime } from '../../clock.js';
import { AccessDeniedError, NotFoundError, ValidationError } from '../../errors.js';
import { GraphInputError } from '../../graph-runtime.js';
import type { Thread } from '../../stores/thread-store.js';
import { acceptMessages } from './accept-messages.js';
import type { Call, Handlers } from './call.js';
import { clientMessageSchema } from './client-messages.js';
import { data } from './outcome.js';
import { nextCursor, pageFields, readPage } from './page.js';
import { jsonObject, printable, type RouteInputs, readInput } from './read-input.js';
import type { RunParts } from './run.js';
import { readStateInput } from './state-input.js';
import { type EnteredThread, enterThread, findThread, openThread, threadIdOf } from './thread-entry.js';

const messagesBodySchema = z.object({
  messages: z.array(clientMessageSchema).min(1, 'must hold at least one message').max(1000),
});

const stateBodySchema = z.object({ state: jsonObject });

const searchSchema = z.object({ ...pageFields, search: printable.default('') });

const listSchema = searchSchema.extend({
  all: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
});

export const threadInputs = {
  listThreads: { query: listSchema },
  updateThreadState: { body: stateBodySchema },
  listMessages: { query: searchSchema },
  addMessages: { body: messagesBodySchema },
} satisfies RouteInputs;

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

/**
 * The routes of threads (contract 1.5). Every one begins in the caller's own threads, and leaves them only where the
 * configuration lets its caller see what is others'.
 */
export function createThreadHandlers(parts: RunParts): Pick<Handlers, ThreadRoutes> {
  const { threads, runtime } = parts;

  const find = (call: Call) => findThread(threads, call);
  const contextOf = async (thread: Thread) => (await runtime.readState(thread.uuid))?.context ?? [];

  /** Does something with a thread that is there, while no run does. */
  async function change<T>(call: Call, work: (entered: EnteredThread) => Promise<T>): Promise<T> {
    const entered = await enterThread(parts, call);
    return whileHeld(entered, work);
  }

  return {
    listThreads: async (call) => {
      const { all, ...query } = readPage(listSchema, call.query);
      if (all && !call.reachesTenant) throw onlyForThoseWhoReachTheTenant();
      const { tenant } = call.owner;
      const among = { ...query, among: call.filter };
      const found = all ? await threads.listInTenant(tenant, among) : await threads.list(call.owner, among);
      const next = nextCursor(found, query, ({ updatedAt, uuid }) => ({ time: updatedAt, id: uuid }));
      const told = found.map((thread) => ({ ...summarize(thread), ...(all && { uuid: thread.uuid }) }));
      return data({ threads: told, next_cursor: next });
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
      const { search, offset, limit } = readPage(searchSchema, call.query);
      const context = await contextOf(await find(call));
      const found = search === '' ? context : context.filter((message) => mentions(message, search));
      return data({ messages: found.slice(offset, offset + limit) });
    },

    addMessages: async (call) => {
      const sent = readInput(messagesBodySchema, call.body, 'body').messages;
      const entered = await openThread(parts, call, threadIdOf(call), null);
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
      const found = await change(call, ({ thread }) => runtime.deleteMessages(thread.uuid, [messageId]));
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

function onlyForThoseWhoReachTheTenant(): AccessDeniedError {
  const reason = "the configuration names no role of theirs that sees what is others'";
  return new AccessDeniedError({
    message: 'Forbidden: the threads of others are shown to administrators only.',
    reason,
  });
}

function messageNotFound(): NotFoundError {
  return new NotFoundError('There is no such message.');
}
