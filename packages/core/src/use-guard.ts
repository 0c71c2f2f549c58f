import type { RequestError } from './errors.js';

/** What of a graph can be guarded: each use of one, by its name, is then decided like a request. */
export const usableResources = ['node', 'tool'] as const;

export type UsableResource = (typeof usableResources)[number];

/** Asks, while a run goes on, whether whoever started it may use a node or a tool. */
export interface UseGuard {
  /** Of which it must be asked. All others are used unasked. */
  readonly resources: ReadonlySet<UsableResource>;
  /**
   * Asks anew for each use, so that what is taken away is gone at once.
   * @param name the node's or the tool's own, which is its id in policies
   * @throws {UseRefusedError}
   */
  requireUse(resource: UsableResource, name: string): Promise<void>;
}

/**
 * A node or a tool must not be used in this run. The message is for the model and for the graph's code; what a client and the
 * operator are told is in the refusal.
 */
export class UseRefusedError extends Error {
  override readonly name = 'UseRefusedError';
  /** Read by LangGraph, which tries nothing again that is forbidden. */
  readonly status = 403;
  // Private, so that whatever prints the error prints no reason.
  readonly #refusal: RequestError;

  constructor(resource: UsableResource, refusal: RequestError) {
    super(
      refusal.code === 'ACCESS_DENIED'
        ? `You may not use this ${resource}.`
        : `This ${resource} cannot be used at the moment.`,
    );
    this.#refusal = refusal;
  }

  get refusal(): RequestError {
    return this.#refusal;
  }
}
