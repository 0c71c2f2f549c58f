import type { Route } from '@agentflow/protocol';
import { filePart, formText, formType } from './uploads.js';

/** Something that belongs to somebody, under all the names that a route may know it by. */
export interface Target {
  /** Of the thread, as its owner writes it. */
  readonly id: string;
  readonly messageId: string;
  readonly runId: string;
  readonly memoryId: string;
  /** By which the thread is shared with somebody else. */
  readonly grantId: string;
  readonly fileId: string;
}

/** Where a route says that the id of its resource stands; undefined where it is about none. */
export function sourceOf(route: Route): string | undefined {
  return 'requires' in route ? route.requires.id : undefined;
}

/** The path of a route to a target. Made from the table alone, so that no route can be forgotten. */
export function pathTo(route: Route, { id, messageId, runId, memoryId, grantId, fileId }: Target): string {
  const parameters: Readonly<Record<string, string>> = {
    thread_id: id,
    message_id: messageId,
    run_id: runId,
    memory_id: memoryId,
    // Nobody's own.
    line_id: '1',
    grant_id: grantId,
    file_id: fileId,
  };
  return route.path.replace(/\{(\w+)\}/g, (_all, name: string) => {
    const value = parameters[name];
    if (value === undefined) throw new Error(`say in test/harness/route-requests.ts what {${name}} is`);
    return encodeURIComponent(value);
  });
}

/** What any route takes from a body, with the thread where the route looks for it; undefined where it takes none. */
export function bodyTo(route: Route, { id }: Target): Record<string, unknown> | undefined {
  if (!['POST', 'PUT'].includes(route.method)) return undefined;
  const source = sourceOf(route);
  return {
    messages: [{ role: 'user', content: 'Hello' }],
    state: {},
    content: 'Hello',
    query: 'Hello',
    user: 'somebody-else',
    access: 'read',
    tools: [],
    config: source === 'body:config.thread_id' ? { thread_id: id } : {},
    ...(source === 'body:thread_id' && { thread_id: id }),
  };
}

/** A body as it is sent, with the type that announces it. */
export interface EncodedBody {
  readonly type: string;
  readonly text: string;
}

/** The same for every route, in the form that the route reads; `content` is JSON for all but those that take a file. */
export function encodeBody(route: Route, content: object | undefined): EncodedBody | undefined {
  if (route.body === 'multipart') return { type: formType, text: formText([filePart('hello.txt', 'Hello')]) };
  return content && { type: 'application/json', text: JSON.stringify(content) };
}
