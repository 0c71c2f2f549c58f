/** JSON Schema of the arguments of a tool. */
export interface ToolParameter {
  readonly type: string;
  readonly properties?: Readonly<Record<string, unknown>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly [keyword: string]: unknown;
}

/** What a handler knows of the call that it answers. */
export interface ToolCallContext {
  readonly callId: string;
  readonly name: string;
  /** The thread on which the graph waits for the answer. */
  readonly threadId: string | undefined;
  /** Aborted when the run is. */
  readonly signal: AbortSignal | undefined;
}

/** Runs in the client. What it returns must be JSON; what it throws is told to the model as the tool's failure. */
export type ToolHandler<A = Record<string, unknown>> = (args: A, context: ToolCallContext) => unknown;

/** A tool that runs in the client. */
export interface ToolRegistration<A = Record<string, unknown>> {
  /** The node of the graph that offers it. */
  readonly node: string;
  readonly name: string;
  readonly description?: string | undefined;
  readonly parameters?: ToolParameter | undefined;
  readonly handler: ToolHandler<A>;
}

/** A tool as `setup` declares it to the server. */
export interface RemoteTool {
  readonly node_name: string;
  readonly name: string;
  readonly description: string;
  readonly parameters: ToolParameter;
}

/** The tools of one client. */
export class ToolRegistry {
  readonly #registrations: ToolRegistration[] = [];
  readonly #handlers = new Map<string, ToolHandler>();

  register<A>(registration: ToolRegistration<A>): void {
    const known = registration as ToolRegistration;
    const same = this.#registrations.findIndex((one) => one.node === known.node && one.name === known.name);
    if (same < 0) this.#registrations.push(known);
    else this.#registrations[same] = known;
    this.#handlers.set(known.name, known.handler);
  }

  registerHandler<A>(name: string, handler: ToolHandler<A>): void {
    this.#handlers.set(name, handler as ToolHandler);
  }

  handlerOf(name: string): ToolHandler | undefined {
    return this.#handlers.get(name);
  }

  /** All that were registered whole, as the server wants to read them. */
  declared(): RemoteTool[] {
    return this.#registrations.map((one) => ({
      node_name: one.node,
      name: one.name,
      description: one.description ?? '',
      parameters: { type: 'object', properties: {}, required: [], ...one.parameters },
    }));
  }
}
