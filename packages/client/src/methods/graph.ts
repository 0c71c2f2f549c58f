import { NotSupportedError } from '../errors/error-classes.js';
import { invokeGraph } from '../invoke.js';
import type { Message } from '../messages/message.js';
import { type MessageFields, readState } from '../messages/wire.js';
import type { CallOptions } from '../request/call-options.js';
import type { RouteAnswers } from '../request/route-answers.js';
import type { AgentFlowClientOptions } from '../request/settings.js';
import {
  type HttpStreamOptions,
  type InvokeOptions,
  type InvokeResult,
  type RunOptions,
  type StreamOptions,
  writeRunBody,
} from '../run-options.js';
import { SocketLogin } from '../socket/socket-login.js';
import { SocketRunStream } from '../socket/socket-run.js';
import { pickWebSocket, type WebSocketConstructor } from '../socket/web-socket.js';
import { streamOverHttp } from '../stream/http-run.js';
import { RunStream } from '../stream/run-stream.js';
import { ToolRounds } from '../tools/tool-rounds.js';
import { type ToolHandler, type ToolRegistration, ToolRegistry } from '../tools/tools.js';
import { FileMethods } from './files.js';
import type { ThreadId } from './threads.js';

type Fields = Readonly<Record<string, unknown>>;
type Said = Message | MessageFields;

/** The graph: what it is, its runs, and the tools that run here (contract 1.3 and 1.4). */
export abstract class GraphMethods extends FileMethods {
  readonly #tools = new ToolRegistry();
  readonly #webSocketImpl: WebSocketConstructor | undefined;

  constructor(options: AgentFlowClientOptions) {
    super(options);
    this.#webSocketImpl = options.webSocketImpl;
  }

  graph(options?: CallOptions): Promise<RouteAnswers['GET /v1/graph']> {
    return this.request('GET /v1/graph', options);
  }

  /** The JSON Schema of the graph's state. */
  graphStateSchema(options?: CallOptions): Promise<RouteAnswers['GET /v1/graph:StateSchema']> {
    return this.request('GET /v1/graph:StateSchema', options);
  }

  /** The tools of each node, also those that run in clients. */
  graphTools(options?: CallOptions): Promise<RouteAnswers['GET /v1/graph/tools']> {
    return this.request('GET /v1/graph/tools', options);
  }

  /** What a run has left to look at: the latest of the thread, unless one is named. */
  observability(
    threadId: ThreadId,
    runId?: string,
    options?: CallOptions,
  ): Promise<RouteAnswers['GET /v1/observability/{thread_id}']> {
    const asked = { ...options, path: { thread_id: threadId }, query: { run_id: runId } };
    return this.request('GET /v1/observability/{thread_id}', asked);
  }

  /** Runs the graph, and resolves with all that it has come to. */
  async invoke(messages: readonly Said[], options: InvokeOptions = {}): Promise<InvokeResult> {
    return invokeGraph(this.exchange, this.#rounds(options), writeRunBody(messages, options, 'full'), options);
  }

  /** The same, with the messages among the options. */
  invokeGraph({
    messages,
    ...options
  }: InvokeOptions & { readonly messages?: readonly Said[] | undefined }): Promise<InvokeResult> {
    return this.invoke(messages ?? [], options);
  }

  /** Runs the graph, and tells what happens as it happens. Nothing is sent before the first chunk is asked for: read it to its end. */
  stream(messages: readonly Said[], options: HttpStreamOptions = {}): RunStream {
    const body = writeRunBody(messages, options, 'low');
    const idleTimeout = options.idleTimeout ?? this.settings.idleTimeout;
    return new RunStream(streamOverHttp(this.exchange, this.#rounds(options), body, { ...options, idleTimeout }));
  }

  /** The same over a WebSocket, on which the answers of tools and fresh credentials go without another request. */
  wsStream(messages: readonly Said[], options: StreamOptions = {}): SocketRunStream {
    const { settings, exchange, credentialSource } = this;
    const login = new SocketLogin({
      Socket: pickWebSocket(this.#webSocketImpl),
      address: settings.baseUrl.replace(/^http/, 'ws'),
      ...{ exchange, credentials: credentialSource, headers: options.headers, tell: settings.tell },
      requestTicket: (call) => this.wsTicket(call),
      requestMe: (call) => this.request('GET /v1/auth/me', call),
    });
    const { timeout = settings.timeout, idleTimeout = settings.idleTimeout } = options;
    const body = writeRunBody(messages, options, 'low');
    return new SocketRunStream(login, this.#rounds(options), body, { ...options, timeout, idleTimeout });
  }

  /** A credential for one WebSocket, good once and for seconds; `wsStream` asks for it by itself where it needs one. */
  wsTicket(options?: CallOptions): Promise<RouteAnswers['POST /v1/auth/ws-ticket']> {
    return this.request('POST /v1/auth/ws-ticket', { ...options, body: {} });
  }

  /** Ends the run that goes on on a thread; what it has done so far stays. */
  stopGraph(threadId: ThreadId, config?: Fields, options?: CallOptions): Promise<RouteAnswers['POST /v1/graph/stop']> {
    return this.request('POST /v1/graph/stop', { ...options, body: { thread_id: threadId, config } });
  }

  /** Takes tool calls that nobody will answer any more out of a thread. */
  async fixGraph(
    threadId: ThreadId,
    config?: Fields,
    options?: CallOptions,
  ): Promise<RouteAnswers['POST /v1/graph/fix']> {
    const answer = await this.request('POST /v1/graph/fix', { ...options, body: { thread_id: threadId, config } });
    return { ...answer, data: { ...answer.data, state: readState(answer.data?.state) } };
  }

  /** A tool that runs here. `setup` declares it to the server; its handler answers the calls of it in every run of this client. */
  registerTool<A = Record<string, unknown>>(registration: ToolRegistration<A>): void {
    this.#tools.register(registration);
  }

  /** The handler of a tool that the server's configuration declares. */
  registerToolHandler<A = Record<string, unknown>>(name: string, handler: ToolHandler<A>): void {
    this.#tools.registerHandler(name, handler);
  }

  /** Declares the registered tools to the server, for this caller alone, in the place of those that it had declared before. */
  setup(options?: CallOptions): Promise<RouteAnswers['POST /v1/graph/setup']> {
    return this.request('POST /v1/graph/setup', { ...options, body: { tools: this.#tools.declared() } });
  }

  /** Sound in both directions is not served. @throws {NotSupportedError} always */
  realtime(..._arguments: readonly unknown[]): never {
    const message = 'realtime is not supported: this server has no /v1/graph/live. Use wsStream.';
    throw new NotSupportedError(message, { code: 'NOT_SUPPORTED' });
  }

  #rounds({ recursion_limit: limit = 25, runTools = true }: RunOptions): ToolRounds {
    return new ToolRounds(this.#tools, { limit, runTools });
  }
}
