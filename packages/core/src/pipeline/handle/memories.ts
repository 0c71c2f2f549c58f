import { randomUUID } from 'node:crypto';
import { type JsonObject, type MemoryResource, memoryTypes } from '@agentflow/protocol';
import { z } from 'zod';
import { formatTime } from '../../clock.js';
import { NotFoundError, ValidationError } from '../../errors.js';
import {
  type Memory,
  type MemoryCondition,
  type MemoryStore,
  MemoryValueError,
  type OwnedMemories,
} from '../../stores/memory-store.js';
import type { Call, Handlers } from './call.js';
import { clientMessageSchema } from './client-messages.js';
import { data } from './outcome.js';
import { nextCursor, pageFields } from './page.js';
import { jsonObject, type RouteInputs, readInput } from './read-input.js';

/** A memory's value as the routes write it; nodes find it under the namespace `memories`. */
const namespace = ['memories'];

const contentSchema = z
  .union([z.string(), clientMessageSchema], { error: 'must be a text or a message' })
  .transform((content) => (typeof content === 'string' ? content : textOfMessage(content)));

/** AgentFlow's client sends an empty text where it means "any". */
const anyOr = <T extends z.ZodType>(schema: T) => z.union([z.literal('').transform(() => undefined), schema]).nullish();

const filterFields = {
  memory_type: anyOr(z.enum(memoryTypes)),
  category: anyOr(z.string().max(255)),
  filters: jsonObject.nullish(),
};

const storeSchema = z.object({
  content: contentSchema,
  memory_type: anyOr(z.enum(memoryTypes)),
  category: anyOr(z.string().max(255)),
  metadata: jsonObject.nullish(),
});

const updateSchema = z.object({ content: contentSchema.optional(), metadata: jsonObject.nullish() });

/** A memory may be 64 KiB: more of them at once would fill the memory of the server. What is left comes with the next cursor. */
const maxMemories = 100;

function cap(limit: number): number {
  return Math.min(limit, maxMemories);
}

const searchSchema = z.object({
  ...filterFields,
  ...pageFields,
  query: z.string().max(10_000),
  limit: z.number().int().min(1).default(10).transform(cap),
  score_threshold: z.number().nullish(),
  // There are no vectors: words are searched, and these only say in which order the answers should come.
  retrieval_strategy: z
    .enum(['similarity', 'temporal', 'relevance', 'hybrid', 'graph_traversal'])
    .default('similarity'),
  distance_metric: z.enum(['cosine', 'euclidean', 'dot_product', 'manhattan']).default('cosine'),
  max_tokens: z.number().int().min(1).default(4000),
});

const listSchema = z.object({
  ...filterFields,
  ...pageFields,
  limit: z.number().int().min(1).default(100).transform(cap),
});
const forgetSchema = z.object(filterFields);

export const memoryInputs = {
  storeMemory: { body: storeSchema },
  searchMemories: { body: searchSchema },
  listMemories: { body: listSchema },
  forgetMemories: { body: forgetSchema },
  updateMemory: { body: updateSchema },
} satisfies RouteInputs;

type MemoryRoutes =
  | 'storeMemory'
  | 'searchMemories'
  | 'listMemories'
  | 'forgetMemories'
  | 'readMemory'
  | 'updateMemory'
  | 'deleteMemory';

/** The routes of memories (contract 1.6): what the principal has had remembered, by itself or by a node of the graph. */
export function createMemoryHandlers({ memories }: { readonly memories: MemoryStore }): Pick<Handlers, MemoryRoutes> {
  return {
    storeMemory: async (call) => {
      const { content, memory_type: type, category, metadata } = readInput(storeSchema, call.body, 'body');
      const value = {
        content,
        memory_type: type ?? 'episodic',
        category: category ?? 'general',
        metadata: metadata ?? {},
        thread_id: call.threadId ?? null,
      };
      const put = { namespace, key: randomUUID(), value, text: content };
      const { memoryId } = await valid(() => memories.of(call.owner).put(put));
      return data({ memory_id: memoryId }, 'Memory stored successfully');
    },

    searchMemories: async (call) => {
      const body = readInput(searchSchema, call.body, 'body');
      const found = await valid(() =>
        memories.of(call.owner).search({
          ...{ namespacePrefix: [], text: body.query, conditions: toConditions(body), offset: body.offset },
          minimumScore: body.score_threshold ?? 0,
          order: body.retrieval_strategy === 'temporal' ? 'time' : 'score',
          limit: body.limit,
          among: call.filter,
        }),
      );
      return data({ results: withinTokens(found, body.max_tokens).map((memory) => toResource(memory, call)) });
    },

    listMemories: async (call) => {
      const { cursor, ...body } = readInput(listSchema, call.body, 'body');
      const query = { namespacePrefix: [], text: '', minimumScore: 0, order: 'time', after: cursor } as const;
      const found = await valid(() =>
        memories.of(call.owner).search({
          ...{ ...query, conditions: toConditions(body), among: call.filter },
          ...{ limit: body.limit, offset: body.offset },
        }),
      );
      const next = nextCursor(found, body, ({ updatedAt, memoryId }) => ({ time: updatedAt, id: memoryId }));
      return data({ memories: found.map((memory) => toResource(memory, call)), next_cursor: next });
    },

    forgetMemories: async (call) => {
      const body = readInput(forgetSchema, call.body, 'body');
      const removed = await valid(() => memories.of(call.owner).deleteWhere(toConditions(body), call.filter));
      return data({ success: true, data: { removed_count: removed } }, 'Memories removed successfully');
    },

    readMemory: async (call) => data({ memory: toResource(await findMemory(memories.of(call.owner), call), call) }),

    updateMemory: async (call) => {
      const { content, metadata } = readInput(updateSchema, call.body, 'body');
      const owned = memories.of(call.owner);
      const memory = await findMemory(owned, call);
      const value = {
        ...memory.value,
        ...(content !== undefined && { content }),
        ...(metadata !== undefined && metadata !== null && { metadata }),
      };
      const text = content ?? contentOf(memory);
      await valid(() => owned.put({ namespace: memory.namespace, key: memory.key, value, text }));
      return data({ success: true, data: { memory_id: memory.memoryId } }, 'Memory updated successfully');
    },

    deleteMemory: async (call) => {
      const owned = memories.of(call.owner);
      const memory = await findMemory(owned, call);
      await owned.delete(memory.namespace, memory.key);
      return data({ success: true, data: { memory_id: memory.memoryId } }, 'Memory deleted successfully');
    },
  };
}

async function findMemory(owned: OwnedMemories, call: Call): Promise<Memory> {
  const memory = await owned.find(call.resourceId ?? '');
  if (memory === undefined) throw new NotFoundError('There is no such memory.');
  return memory;
}

/** What cannot be kept or asked is the caller's fault. */
async function valid<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof MemoryValueError)) throw error;
    throw new ValidationError([{ loc: ['body'], msg: error.message, type: 'memory' }]);
  }
}

interface Filter {
  readonly memory_type?: string | null | undefined;
  readonly category?: string | null | undefined;
  readonly filters?: JsonObject | null | undefined;
}

/** `filters` are about the metadata. */
function toConditions({ memory_type: type, category, filters }: Filter): MemoryCondition[] {
  const conditions: MemoryCondition[] = Object.entries(filters ?? {}).map(([name, value]) => {
    if (typeof value === 'object' && value !== null) {
      throw new ValidationError([
        { loc: ['body', 'filters', name], msg: 'must be a text, a number, a boolean or null', type: 'memory' },
      ]);
    }
    return { path: ['metadata', name], operator: 'eq', value };
  });
  if (type) conditions.push({ path: ['memory_type'], operator: 'eq', value: type });
  if (category) conditions.push({ path: ['category'], operator: 'eq', value: category });
  return conditions;
}

/** About four characters are a token. The first is told whatever its length. */
function withinTokens(found: readonly Memory[], maxTokens: number): Memory[] {
  let left = maxTokens * 4;
  return found.filter((memory, index) => {
    left -= contentOf(memory).length;
    return index === 0 || left >= 0;
  });
}

function toResource(memory: Memory, call: Call): MemoryResource {
  const { value } = memory;
  const type = memoryTypes.find((known) => known === value['memory_type']);
  const { metadata, thread_id: threadId } = value as { readonly metadata?: unknown; readonly thread_id?: unknown };
  return {
    id: memory.memoryId,
    content: contentOf(memory),
    score: memory.score ?? null,
    memory_type: type ?? 'custom',
    metadata:
      typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata) ? (metadata as JsonObject) : {},
    vector: null,
    user_id: call.user.user_id,
    thread_id: typeof threadId === 'string' ? threadId : null,
    timestamp: formatTime(memory.updatedAt),
    namespace: memory.namespace,
    key: memory.key,
    value,
  };
}

/** A node may have left anything. */
function contentOf({ value }: Memory): string {
  const text = value['content'] ?? value['text'];
  return typeof text === 'string' ? text : JSON.stringify(value);
}

function textOfMessage({ content }: z.output<typeof clientMessageSchema>): string {
  if (typeof content === 'string') return content;
  return content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n');
}
