import type { ApiKeyCreateRequest, ApiKeyRotateRequest } from '@agentflow/protocol';
import type { Ask } from '../request/api.js';
import type { CallOptions } from '../request/call-options.js';
import type { RouteAnswers } from '../request/route-answers.js';

/** The caller's keys, for programs that act in their name. */
export class ApiKeyMethods {
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** The answer is the one place where the key itself ever stands. */
  create(request: ApiKeyCreateRequest, options?: CallOptions): Promise<RouteAnswers['POST /v1/api-keys']> {
    return this.#ask('POST /v1/api-keys', { body: request, secrets: [] }, options);
  }

  list(options?: CallOptions): Promise<RouteAnswers['GET /v1/api-keys']> {
    return this.#ask('GET /v1/api-keys', {}, options);
  }

  /** From now on the key opens nothing, on no instance of the server. */
  revoke(keyId: string, options?: CallOptions): Promise<RouteAnswers['DELETE /v1/api-keys/{key_id}']> {
    return this.#ask('DELETE /v1/api-keys/{key_id}', { path: { key_id: keyId } }, options);
  }

  /** Another key in the place of this one, which stays good for as long as `overlap` says: `"1h"`. */
  rotate(
    keyId: string,
    request: ApiKeyRotateRequest = {},
    options?: CallOptions,
  ): Promise<RouteAnswers['POST /v1/api-keys/{key_id}/rotate']> {
    const asked = { path: { key_id: keyId }, body: request, secrets: [] };
    return this.#ask('POST /v1/api-keys/{key_id}/rotate', asked, options);
  }
}
