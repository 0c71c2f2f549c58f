import type { ThreadSummary } from '@agentflow/protocol';
import { z } from 'zod';
import { AccessDeniedError } from '../../errors.js';
import type { Thread } from '../../stores/thread-store.js';
import type { Call, Handlers } from './call.js';
import { data } from './outcome.js';
import { nextCursor, pageFields, readPage } from './page.js';
import type { ReachParts } from './reach-thread.js';
import { type RouteInputs, searchText } from './read-input.js';
import { summarizeShared, summarizeThread } from './summarize-thread.js';

const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');

const listSchema = z
  .object({ ...pageFields, search: searchText.default(''), all: flag, shared: flag })
  .refine(({ all, shared }) => !all || !shared, {
    path: ['shared'],
    error: 'cannot be asked for together with all: ask twice',
  })
  .refine(({ search, shared }) => !shared || search === '', {
    path: ['search'],
    error: 'looks into what the caller calls their own threads, and cannot be asked for together with shared',
  });

export const threadListInputs = { listThreads: { query: listSchema } } satisfies RouteInputs;

type ListQuery = z.output<typeof listSchema>;

interface Listed {
  readonly thread: Thread;
  readonly told: ThreadSummary;
}

/** `GET /v1/threads`: the caller's own; what others share with them; or, for those who see what is others', all of a tenant. */
export function createThreadListHandlers(parts: ReachParts): Pick<Handlers, 'listThreads'> {
  return {
    listThreads: async (call) => {
      const { all, shared, ...page } = readPage(listSchema, call.query);
      const query = { ...page, among: call.filter };
      const found = await (all ? listAll : shared ? listShared : listOwn)(parts, call, query);
      const next = nextCursor(found, page, ({ thread }) => ({ time: thread.updatedAt, id: thread.uuid }));
      return data({ threads: found.map(({ told }) => told), next_cursor: next });
    },
  };
}

type List = (
  parts: ReachParts,
  call: Call,
  query: Omit<ListQuery, 'all' | 'shared' | 'cursor'> & Parameters<ReachParts['threads']['list']>[1],
) => Promise<readonly Listed[]>;

const listOwn: List = async ({ threads }, { owner }, query) => {
  const found = await threads.list(owner, query);
  return found.map((thread) => ({ thread, told: summarizeThread(thread) }));
};

const listShared: List = async ({ grants }, call, query) => {
  const found = await grants.listShared({ owner: call.owner, roles: await call.roles() }, query);
  return found.map(({ thread, access }) => ({ thread, told: summarizeShared(thread, access) }));
};

const listAll: List = async ({ threads }, call, query) => {
  const { owner } = call;
  if (!call.reachesTenant()) throw onlyForThoseWhoReachTheTenant();
  const found = await threads.listInTenant(owner.tenant, query);
  return found.map((thread) => ({ thread, told: { ...summarizeThread(thread), uuid: thread.uuid } }));
};

function onlyForThoseWhoReachTheTenant(): AccessDeniedError {
  const reason = "the configuration names no role of theirs that sees what is others'";
  return new AccessDeniedError({
    message: 'Forbidden: the threads of others are shown to administrators only.',
    reason,
  });
}
