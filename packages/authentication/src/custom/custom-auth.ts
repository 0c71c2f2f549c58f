import {
  type AuthenticationAnswer,
  type AuthenticationContext,
  type AuthenticationRequest,
  type BackendSurroundings,
  BaseAuth,
  ConfigurationError,
  type Credential,
  watchStall,
} from '@agentflow/core';
import { type Challenge, formatChallenge } from '@agentflow/protocol';
import type { CustomAuthOptions } from './options.js';

type Authenticate = BaseAuth['authenticate'];

/** A backend of the user's own, behind the same face as ours. What it answers is translated by the pipeline. */
class CustomAuth extends BaseAuth {
  readonly #name: string;
  /** Asked for once, at start: a refusal must not depend on what a plugin does while it is refused. */
  readonly #challenge: Challenge;
  readonly #description: string;
  readonly #headers: readonly string[];
  readonly #companions: readonly string[];
  readonly #plugin: Partial<BaseAuth> & { authenticate: Authenticate };

  constructor(name: string, plugin: Partial<BaseAuth> & { authenticate: Authenticate }) {
    super();
    this.#name = name;
    this.#plugin = plugin;
    this.#challenge = readChallenge(name, plugin.challenge?.() ?? super.challenge());
    this.#description = readDescription(plugin);
    this.#headers = readHeaders(plugin, 'credentialHeaders');
    this.#companions = readHeaders(plugin, 'companionHeaders');
  }

  authenticate(
    request: AuthenticationRequest,
    context: AuthenticationContext,
    credential: Credential | null,
  ): AuthenticationAnswer | Promise<AuthenticationAnswer> {
    const { requestId } = request;
    return watchStall(this.#name, requestId, context.log, () =>
      this.#plugin.authenticate(request, context, credential),
    );
  }

  override credentialHeaders(): readonly string[] {
    return this.#headers;
  }

  override companionHeaders(): readonly string[] {
    return this.#companions;
  }

  override challenge(): Challenge {
    return this.#challenge;
  }

  override describe(): string {
    return this.#description;
  }

  override async close(): Promise<void> {
    await this.#plugin.close?.();
  }
}

/**
 * Puts what a path led to in the place of a backend.
 * @throws {ConfigurationError} if it has no `authenticate`
 */
export function createCustomAuth(
  options: CustomAuthOptions,
  plugin: unknown,
  surroundings: Pick<BackendSurroundings, 'path'>,
): BaseAuth {
  const path = [...surroundings.path, 'path'];
  if (!hasAuthenticate(plugin)) {
    throw new ConfigurationError([
      {
        path,
        message: `${options.path} has no method "authenticate"`,
        remedy:
          'Name a class that extends BaseAuth from "agentflow", an instance of one, or a function that returns one.',
      },
    ]);
  }
  try {
    return new CustomAuth(options.path, plugin);
  } catch (error) {
    const message = error instanceof Error ? error.message : 'it threw';
    const remedy =
      'A challenge is, for example, {scheme: "ApiKey", parameters: {realm: "agentflow"}}; a description is a text.';
    throw new ConfigurationError([
      { path, message: `what ${options.path} says of itself cannot be used: ${message}`, remedy },
    ]);
  }
}

/** @throws {TypeError} if it cannot be written into a header */
function readChallenge(name: string, challenge: Challenge): Challenge {
  const entries = Object.entries(challenge.parameters);
  if (typeof challenge.scheme !== 'string' || !entries.every(([, value]) => typeof value === 'string')) {
    throw new TypeError(`${name}: a challenge is {scheme: text, parameters: {name: text}}`);
  }
  formatChallenge(challenge);
  return Object.freeze({ scheme: challenge.scheme, parameters: Object.freeze(Object.fromEntries(entries)) });
}

function hasAuthenticate(value: unknown): value is Partial<BaseAuth> & { authenticate: Authenticate } {
  return (
    typeof value === 'object' && value !== null && 'authenticate' in value && typeof value.authenticate === 'function'
  );
}

// RFC 9110 §5.1
const fieldName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/;

type HeaderLister = 'credentialHeaders' | 'companionHeaders';

/** @throws {TypeError} if they are no names of header fields */
function readHeaders(
  plugin: { readonly [N in HeaderLister]?: () => unknown },
  method: HeaderLister,
): readonly string[] {
  const names = plugin[method]?.() ?? [];
  if (Array.isArray(names) && names.every((name) => typeof name === 'string' && fieldName.test(name)))
    return [...names];
  throw new TypeError(`${method}() answered with something that is no list of names of header fields`);
}

/** @throws {TypeError} if it is no text */
function readDescription(plugin: { describe?(): unknown }): string {
  const text = plugin.describe?.() ?? '';
  if (typeof text !== 'string') throw new TypeError('describe() answered with something that is no text');
  return text;
}
