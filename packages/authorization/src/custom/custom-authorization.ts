import {
  type AuthorizationAnswer,
  AuthorizationBackend,
  type AuthorizationContext,
  type BackendSurroundings,
  ConfigurationError,
  type Readiness,
  type User,
  watchStall,
} from '@agentflow/core';
import type { CustomAuthorizationOptions } from './options.js';

type Authorize = AuthorizationBackend['authorize'];
type Plugin = Partial<AuthorizationBackend> & { authorize: Authorize };

/** A backend of the user's own, behind the same face as ours. What it answers is translated by the pipeline. */
class CustomAuthorization extends AuthorizationBackend {
  readonly #name: string;
  readonly #plugin: Plugin;
  /** Asked for once, at start. */
  readonly #description: string;

  constructor(name: string, plugin: Plugin) {
    super();
    this.#name = name;
    this.#plugin = plugin;
    this.#description = readDescription(plugin);
    requireMethod(plugin, 'ready');
    requireMethod(plugin, 'rolesOf');
  }

  authorize(
    user: User,
    resource: string,
    action: string,
    resourceId?: string,
    context?: AuthorizationContext,
  ): AuthorizationAnswer | Promise<AuthorizationAnswer> {
    return watchStall(this.#name, context?.requestId, context?.log, () =>
      this.#plugin.authorize(user, resource, action, resourceId, context),
    );
  }

  override ready(): Readiness | Promise<Readiness> {
    return this.#plugin.ready === undefined || this.#plugin.ready();
  }

  override rolesOf(user: User): readonly string[] | Promise<readonly string[]> {
    return this.#plugin.rolesOf === undefined ? [] : this.#plugin.rolesOf(user);
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
 * @throws {ConfigurationError} if it has no `authorize`
 */
export function createCustomAuthorization(
  options: CustomAuthorizationOptions,
  plugin: unknown,
  surroundings: Pick<BackendSurroundings, 'path'>,
): AuthorizationBackend {
  const path = [...surroundings.path, 'path'];
  if (!hasAuthorize(plugin)) {
    throw new ConfigurationError([
      {
        path,
        message: `${options.path} has no method "authorize"`,
        remedy:
          'Name a class that extends AuthorizationBackend from "agentflow", an instance of one, or a function that returns one.',
      },
    ]);
  }
  try {
    return new CustomAuthorization(options.path, plugin);
  } catch (error) {
    const message = error instanceof Error ? error.message : 'it threw';
    throw new ConfigurationError([
      {
        path,
        message: `what ${options.path} says of itself cannot be used: ${message}`,
        remedy:
          'A description is a text, and "ready", where there is one, a method that answers true or why it cannot decide; "rolesOf" one that answers a list.',
      },
    ]);
  }
}

function hasAuthorize(value: unknown): value is Plugin {
  return typeof value === 'object' && value !== null && 'authorize' in value && typeof value.authorize === 'function';
}

/** @throws {TypeError} if it is no text */
function readDescription(plugin: { describe?(): unknown }): string {
  const text = plugin.describe?.() ?? '';
  if (typeof text !== 'string') throw new TypeError('describe() answered with something that is no text');
  return text;
}

/**
 * Classes have fields of that name for what they wait for themselves: taken for an answer, it would never be one.
 * @throws {TypeError} if it is no method
 */
function requireMethod(
  plugin: { readonly ready?: unknown; readonly rolesOf?: unknown },
  name: 'ready' | 'rolesOf',
): void {
  const member = plugin[name];
  if (member !== undefined && typeof member !== 'function') throw new TypeError(`its "${name}" is no method`);
}
