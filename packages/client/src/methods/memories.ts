import type { MemoryType as MemoryTypeName } from '@agentflow/protocol';
import { Api } from '../request/api.js';
import type { CallOptions } from '../request/call-options.js';
import type { RouteAnswers } from '../request/route-answers.js';

/* AgentFlow's client has these as enums; a plain text is as good here. */

export const MemoryType = {
  EPISODIC: 'episodic',
  SEMANTIC: 'semantic',
  PROCEDURAL: 'procedural',
  ENTITY: 'entity',
  RELATIONSHIP: 'relationship',
  CUSTOM: 'custom',
  DECLARATIVE: 'declarative',
} as const satisfies Record<string, MemoryTypeName>;
export type MemoryType = MemoryTypeName;

export const RetrievalStrategy = {
  SIMILARITY: 'similarity',
  TEMPORAL: 'temporal',
  RELEVANCE: 'relevance',
  HYBRID: 'hybrid',
  GRAPH_TRAVERSAL: 'graph_traversal',
} as const;
export type RetrievalStrategy = (typeof RetrievalStrategy)[keyof typeof RetrievalStrategy];

export const DistanceMetric = {
  COSINE: 'cosine',
  EUCLIDEAN: 'euclidean',
  DOT_PRODUCT: 'dot_product',
  MANHATTAN: 'manhattan',
} as const;
export type DistanceMetric = (typeof DistanceMetric)[keyof typeof DistanceMetric];

type Fields = Readonly<Record<string, unknown>>;

/** What every body of these routes may carry. */
export interface MemoryOptions {
  readonly config?: Fields | undefined;
  readonly options?: Fields | undefined;
}

export interface MemoryFilter extends MemoryOptions {
  readonly memory_type?: MemoryType | '' | undefined;
  readonly category?: string | undefined;
  /** About the metadata, by equality. */
  readonly filters?: Fields | undefined;
}

export interface StoreMemoryRequest extends MemoryOptions {
  readonly content: string;
  readonly memory_type?: MemoryType | undefined;
  readonly category?: string | undefined;
  readonly metadata?: Fields | undefined;
}

export interface SearchMemoryRequest extends MemoryFilter {
  readonly query: string;
  readonly limit?: number | undefined;
  readonly score_threshold?: number | undefined;
  readonly retrieval_strategy?: RetrievalStrategy | undefined;
  readonly distance_metric?: DistanceMetric | undefined;
  readonly max_tokens?: number | undefined;
}

export interface ListMemoriesRequest extends MemoryFilter {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** What is remembered for the caller (contract 1.6). */
export abstract class MemoryMethods extends Api {
  storeMemory(request: StoreMemoryRequest, options?: CallOptions): Promise<RouteAnswers['POST /v1/store/memories']> {
    return this.request('POST /v1/store/memories', { ...options, body: request });
  }

  /** AgentFlow's client looks among the `episodic` ones unless told otherwise; so does this one. */
  searchMemory(request: SearchMemoryRequest, options?: CallOptions): Promise<RouteAnswers['POST /v1/store/search']> {
    const body = { memory_type: MemoryType.EPISODIC, ...request };
    return this.request('POST /v1/store/search', { ...options, body });
  }

  getMemory(
    memoryId: string,
    body: MemoryOptions = {},
    options?: CallOptions,
  ): Promise<RouteAnswers['POST /v1/store/memories/{memory_id}']> {
    return this.request('POST /v1/store/memories/{memory_id}', { ...options, path: { memory_id: memoryId }, body });
  }

  updateMemory(
    memoryId: string,
    content: string,
    more: MemoryOptions & { readonly metadata?: Fields | undefined } = {},
    options?: CallOptions,
  ): Promise<RouteAnswers['PUT /v1/store/memories/{memory_id}']> {
    const body = { ...more, content };
    return this.request('PUT /v1/store/memories/{memory_id}', { ...options, path: { memory_id: memoryId }, body });
  }

  deleteMemory(
    memoryId: string,
    body: MemoryOptions = {},
    options?: CallOptions,
  ): Promise<RouteAnswers['DELETE /v1/store/memories/{memory_id}']> {
    return this.request('DELETE /v1/store/memories/{memory_id}', { ...options, path: { memory_id: memoryId }, body });
  }

  listMemories(
    request: ListMemoriesRequest = {},
    options?: CallOptions,
  ): Promise<RouteAnswers['POST /v1/store/memories/list']> {
    return this.request('POST /v1/store/memories/list', { ...options, body: request });
  }

  /** Without a filter: all of them. */
  forgetMemories(
    request: MemoryFilter = {},
    options?: CallOptions,
  ): Promise<RouteAnswers['POST /v1/store/memories/forget']> {
    return this.request('POST /v1/store/memories/forget', { ...options, body: request });
  }
}
