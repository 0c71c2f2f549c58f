import type { ActionOn, ResourceType } from './vocabulary.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/**
 * Where the id of the resource comes from: a path parameter, or a thread id in the body. Those of threads must agree
 * with every other place of the request where a thread id may stand.
 */
export type IdSource =
  | 'path:thread_id'
  | 'body:config.thread_id'
  | 'body:thread_id'
  | 'path:run_id'
  | 'path:memory_id'
  | 'path:line_id'
  | 'path:file_id'
  | 'path:user_id'
  | 'path:key_id';

/**
 * What a caller must be allowed to do. `id` names the one resource that the request is about, where there is one; `many` says that
 * it is about all that there are, so that the answer may be: some of them.
 */
type Requirement = {
  [R in ResourceType]: {
    readonly resource: R;
    readonly action: ActionOn<R>;
    readonly id?: IdSource;
    readonly many?: true;
  };
}[ResourceType];

/**
 * Who may use a route. There is no fifth kind, and no default:
 * - `requires`: an authenticated principal to whom the authorization backend allows this action;
 * - `self`: any authenticated principal, about itself only; the reason is documentation. Scopes still narrow it;
 * - `signed`: whoever has signed the body, as the principal that the configuration makes of them, to whom the action must be allowed. No
 *   other credential counts there; who they may be is printed at start;
 * - `public`: anybody; the reason is printed at start.
 */
export type Access =
  | { readonly requires: Requirement }
  | { readonly requires: Requirement; readonly self: string }
  | { readonly requires: Requirement; readonly signed: string }
  | { readonly public: string };

/**
 * `envelope` is AgentFlow's `{data, metadata}`; `plain` is the resource itself; `stream` is one JSON text a line; `page` is HTML;
 * `redirect` sends a browser on, and its refusals are pages; `file` is bytes under a type of their own; `socket` is a WebSocket, and
 * nothing else is answered there.
 */
export type AnswerForm = 'envelope' | 'plain' | 'stream' | 'page' | 'redirect' | 'file' | 'socket';

export type RouteDefinition = Access & {
  readonly method: Method;
  /** Literal segments and `{name}` parameters, as OpenAPI writes them. */
  readonly path: `/${string}`;
  readonly answer: AnswerForm;
  /** `multipart`: one file in a form, which the handler reads once the call is authorized. Absent: a JSON object, where there is one. */
  readonly body?: 'multipart';
  /** Of a public route: what strangers may send as its JSON body, at most. Absent: what they send is not read. */
  readonly maxPublicBytes?: number;
  /** Of a public route: its body proves who sends it, and is 401 where it does not. */
  readonly proof?: true;
  /** One line for the documentation. */
  readonly summary: string;
  /** Served only where it is switched on, and at the path that is chosen for it. */
  readonly switchedOn?: true;
  /** The route to which this is another path: what is said of that one by its name is said of this too. */
  readonly sameAs?: string;
};

/** Holds rows against what a route must say, and keeps their words for the types that are made from them. */
export function defineRoutes<const T extends Readonly<Record<string, RouteDefinition>>>(table: T): T {
  return table;
}
