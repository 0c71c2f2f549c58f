import { Message } from '../messages/message.js';
import { type AgentState, type MessageFields, readMessages, readState, writeMessages } from '../messages/wire.js';
import type { QueryValues } from '../request/address.js';
import type { CallOptions } from '../request/call-options.js';
import type { RouteAnswers } from '../request/route-answers.js';
import { MemoryMethods } from './memories.js';

/** A thread's own name, or the uuid of one that is shared with the caller. */
export type ThreadId = string | number;

type Fields = Readonly<Record<string, unknown>>;

/** A part of a list: `cursor` is the `next_cursor` of the part before. */
export interface ListPart {
  readonly search?: string | undefined;
  readonly offset?: number | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

export interface ThreadsRequest extends ListPart {
  /** Those that others share with the caller, in the place of the caller's own. */
  readonly shared?: boolean | undefined;
}

/** With whom a thread is shared: a principal, or all who have a role. */
export type GrantRequest = { readonly access: 'read' | 'write' } & (
  | { readonly user: string; readonly realm?: string | undefined; readonly role?: undefined }
  | { readonly role: string; readonly user?: undefined; readonly realm?: undefined }
);

/** Threads, what is in them, and with whom they are shared (contract 1.5). */
export abstract class ThreadMethods extends MemoryMethods {
  threads(request?: ThreadsRequest, options?: CallOptions): Promise<RouteAnswers['GET /v1/threads']>;
  threads(
    search?: string,
    offset?: number,
    limit?: number,
    options?: CallOptions,
  ): Promise<RouteAnswers['GET /v1/threads']>;
  threads(
    first?: string | ThreadsRequest,
    second?: number | CallOptions,
    limit?: number,
    last?: CallOptions,
  ): Promise<RouteAnswers['GET /v1/threads']> {
    return this.request('GET /v1/threads', readPart(first, second, limit, last));
  }

  threadDetails(id: ThreadId, options?: CallOptions): Promise<RouteAnswers['GET /v1/threads/{thread_id}']> {
    return this.request('GET /v1/threads/{thread_id}', { ...options, path: { thread_id: id } });
  }

  deleteThread(
    id: ThreadId,
    config?: Fields,
    options?: CallOptions,
  ): Promise<RouteAnswers['DELETE /v1/threads/{thread_id}']> {
    return this.request('DELETE /v1/threads/{thread_id}', { ...options, path: { thread_id: id }, body: { config } });
  }

  async threadState(id: ThreadId, options?: CallOptions): Promise<RouteAnswers['GET /v1/threads/{thread_id}/state']> {
    const answer = await this.request('GET /v1/threads/{thread_id}/state', { ...options, path: { thread_id: id } });
    return { ...answer, data: { ...answer.data, state: readState(answer.data?.state) } };
  }

  /** Merges fields into the state; `context` is appended to the messages. */
  async updateThreadState(
    id: ThreadId,
    config: Fields,
    state: Fields,
    options?: CallOptions,
  ): Promise<RouteAnswers['PUT /v1/threads/{thread_id}/state']> {
    const body = { config, state };
    const answer = await this.request('PUT /v1/threads/{thread_id}/state', {
      ...{ ...options, path: { thread_id: id }, body },
    });
    return { ...answer, data: { ...answer.data, state: readState(answer.data?.state) as AgentState } };
  }

  clearThreadState(id: ThreadId, options?: CallOptions): Promise<RouteAnswers['DELETE /v1/threads/{thread_id}/state']> {
    return this.request('DELETE /v1/threads/{thread_id}/state', { ...options, path: { thread_id: id } });
  }

  threadMessages(
    id: ThreadId,
    request?: ListPart,
    options?: CallOptions,
  ): Promise<RouteAnswers['GET /v1/threads/{thread_id}/messages']>;
  threadMessages(
    id: ThreadId,
    search?: string,
    offset?: number,
    limit?: number,
    options?: CallOptions,
  ): Promise<RouteAnswers['GET /v1/threads/{thread_id}/messages']>;
  async threadMessages(
    id: ThreadId,
    first?: string | ListPart,
    second?: number | CallOptions,
    limit?: number,
    last?: CallOptions,
  ): Promise<RouteAnswers['GET /v1/threads/{thread_id}/messages']> {
    const asked = { ...readPart(first, second, limit, last), path: { thread_id: id } };
    const answer = await this.request('GET /v1/threads/{thread_id}/messages', asked);
    return { ...answer, data: { ...answer.data, messages: readMessages(answer.data?.messages) } };
  }

  /** Says something on a thread without running the graph. */
  async addThreadMessages(
    id: ThreadId,
    messages: readonly (Message | MessageFields)[],
    config: Fields = {},
    metadata?: Fields,
    options?: CallOptions,
  ): Promise<RouteAnswers['POST /v1/threads/{thread_id}/messages']> {
    const body = { messages: writeMessages(messages), config, metadata };
    return this.request('POST /v1/threads/{thread_id}/messages', { ...options, path: { thread_id: id }, body });
  }

  async singleMessage(
    id: ThreadId,
    messageId: string,
    options?: CallOptions,
  ): Promise<RouteAnswers['GET /v1/threads/{thread_id}/messages/{message_id}']> {
    const answer = await this.request('GET /v1/threads/{thread_id}/messages/{message_id}', {
      ...{ ...options, path: { thread_id: id, message_id: messageId } },
    });
    return { ...answer, data: Message.from(answer.data) };
  }

  deleteMessage(
    id: ThreadId,
    messageId: string,
    config?: Fields,
    options?: CallOptions,
  ): Promise<RouteAnswers['DELETE /v1/threads/{thread_id}/messages/{message_id}']> {
    return this.request('DELETE /v1/threads/{thread_id}/messages/{message_id}', {
      ...{ ...options, path: { thread_id: id, message_id: messageId }, body: { config } },
    });
  }

  /** With whom a thread is shared. Only its owner is told. */
  grants(id: ThreadId, options?: CallOptions): Promise<RouteAnswers['GET /v1/threads/{thread_id}/grants']> {
    return this.request('GET /v1/threads/{thread_id}/grants', { ...options, path: { thread_id: id } });
  }

  shareThread(
    id: ThreadId,
    grant: GrantRequest,
    options?: CallOptions,
  ): Promise<RouteAnswers['POST /v1/threads/{thread_id}/grants']> {
    return this.request('POST /v1/threads/{thread_id}/grants', { ...options, path: { thread_id: id }, body: grant });
  }

  takeBackGrant(
    id: ThreadId,
    grantId: string,
    options?: CallOptions,
  ): Promise<RouteAnswers['DELETE /v1/threads/{thread_id}/grants/{grant_id}']> {
    return this.request('DELETE /v1/threads/{thread_id}/grants/{grant_id}', {
      ...{ ...options, path: { thread_id: id, grant_id: grantId } },
    });
  }
}

/** AgentFlow's client takes a part of a list as an object, and in its older form as up to three values. */
function readPart(
  first: string | ThreadsRequest | undefined,
  second: number | CallOptions | undefined,
  limit: number | undefined,
  last: CallOptions | undefined,
): CallOptions & { readonly query: QueryValues } {
  const options = typeof second === 'object' ? second : last;
  if (typeof first === 'object') {
    const { search, offset, limit: most, cursor, shared } = first;
    return { ...options, query: { search, offset, limit: most, cursor, shared } };
  }
  return { ...options, query: { search: first, offset: typeof second === 'number' ? second : undefined, limit } };
}
