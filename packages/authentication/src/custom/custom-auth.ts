import {
  type AuthenticationAnswer,
  type AuthenticationContext,
  type AuthenticationRequest,
  BaseAuth,
  ConfigurationError,
  type Credential,
} from '@agentflow/core';
import type { CustomAuthOptions } from './options.js';
import { stallMilliseconds } from './options.js';

type Authenticate = BaseAuth['authenticate'];

/** A backend of the user's own, behind the same face as ours. What it answers is translated by the pipeline. */
class CustomAuth extends BaseAuth {
  readonly #name: string;
  readonly #plugin: Partial<BaseAuth> & { authenticate: Authenticate };

  constructor(name: string, plugin: Partial<BaseAuth> & { authenticate: Authenticate }) {
    super();
    this.#name = name;
    this.#plugin = plugin;
  }

  authenticate(
    request: AuthenticationRequest,
    context: AuthenticationContext,
    credential: Credential | null,
  ): AuthenticationAnswer | Promise<AuthenticationAnswer> {
    const startedAt = performance.now();
    const answer = this.#plugin.authenticate(request, context, credential);
    const stalledFor = performance.now() - startedAt;
    if (stalledFor > stallMilliseconds) {
      const message = `${this.#name} held up every request for ${Math.round(stalledFor)} ms: it must not block the event loop`;
      context.log.warn({ requestId: request.requestId, backend: this.#name }, message);
    }
    return answer;
  }

  override challenge() {
    return this.#plugin.challenge?.() ?? super.challenge();
  }

  override describe(): string {
    return this.#plugin.describe?.() ?? '';
  }

  override async close(): Promise<void> {
    await this.#plugin.close?.();
  }
}

/**
 * Puts what a path led to in the place of a backend.
 * @throws {ConfigurationError} if it has no `authenticate`
 */
export function createCustomAuth(options: CustomAuthOptions, plugin: unknown): BaseAuth {
  if (!hasAuthenticate(plugin)) {
    throw new ConfigurationError([
      {
        path: ['auth', 'path'],
        message: `${options.path} has no method "authenticate"`,
        remedy:
          'Name a class that extends BaseAuth from "agentflow", an instance of one, or a function that returns one.',
      },
    ]);
  }
  return new CustomAuth(options.path, plugin);
}

function hasAuthenticate(value: unknown): value is Partial<BaseAuth> & { authenticate: Authenticate } {
  return (
    typeof value === 'object' && value !== null && 'authenticate' in value && typeof value.authenticate === 'function'
  );
}
