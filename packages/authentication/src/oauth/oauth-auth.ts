import { setMaxListeners } from 'node:events';
import {
  type AuthenticationContext,
  type AuthenticationRequest,
  type AuthenticationResult,
  authenticated,
  type BackendSurroundings,
  BaseAuth,
  type Credential,
  type HeaderFields,
  notApplicable,
  rejected,
} from '@agentflow/core';
import { createEndpoint } from './ask-endpoint.js';
import { maxTokenLength, type OAuthAuthOptions } from './options.js';
import { readAnswer } from './read-answer.js';
import { createVerifier, type VerifyToken } from './verify-token.js';
import { readVerifyTarget } from './verify-url.js';

/** Knows somebody by asking a remote endpoint about the token in `Authorization: Bearer`. */
class OAuthAuth extends BaseAuth {
  readonly #verify: VerifyToken;
  readonly #description: string;
  readonly #stop: AbortController;

  constructor(verify: VerifyToken, description: string, stop: AbortController) {
    super();
    this.#verify = verify;
    this.#description = description;
    this.#stop = stop;
  }

  override reads(_headers: HeaderFields, credential: Credential | null): readonly string[] {
    return isOurs(credential) ? [credential.credentials] : [];
  }

  async authenticate(
    _request: AuthenticationRequest,
    _context: AuthenticationContext,
    credential: Credential | null,
  ): Promise<AuthenticationResult> {
    if (!isOurs(credential)) return notApplicable;
    const token = credential.credentials;
    // RFC 6750 §2.1, and a little more, because there are issuers who use it: visible ASCII.
    if (token.length > maxTokenLength || !/^[\x21-\x7e]+$/.test(token))
      return rejected('it has not the form of a token');
    // Not under the request's signal: others may wait for the same answer, and this client may leave.
    const verdict = await this.#verify(token);
    return verdict.kind === 'good' ? authenticated(verdict.principal, verdict.evidence) : rejected(verdict.reason);
  }

  override challenge() {
    return { scheme: 'Bearer', parameters: { realm: 'agentflow' } };
  }

  override describe(): string {
    return this.#description;
  }

  override close(): void {
    this.#stop.abort();
  }
}

function isOurs(credential: Credential | null): credential is Credential {
  return credential?.scheme === 'bearer' && credential.credentials !== '';
}

/** @throws {ConfigurationError} if tokens must not be sent where the options say */
export function createOAuthAuth(options: OAuthAuthOptions, surroundings: BackendSurroundings): BaseAuth {
  const { clock } = surroundings;
  const target = readVerifyTarget(options, surroundings);
  const hasOwnCredential = Object.keys(target.headers).length > 0;
  const ask = createEndpoint({
    ...target,
    tokenField: options.token_field,
    // With a credential of our own, "unauthorized" may mean us: the operator's fault is not to look like the caller's.
    refusedWith: options.refused_with ?? (hasOwnCredential ? [400, 404] : [400, 401, 403, 404]),
    deadlineMilliseconds: options.deadline * 1000,
  });
  const rules = { fields: options.fields, realm: options.realm ?? target.url.origin };
  const stop = new AbortController();
  // Each call in flight listens, and so many there may be.
  setMaxListeners(options.max_connections, stop.signal);
  const judge = async (token: string) => {
    const answer = await ask(token, stop.signal);
    if (answer.kind === 'answered') return readAnswer(answer.fields, token, rules, clock.now());
    return { kind: 'bad', reason: `the verify endpoint answered ${answer.status}` } as const;
  };
  const limits = { cacheMilliseconds: options.cache * 1000, maxConnections: options.max_connections };
  const inTheClear = options.insecure_http && target.url.protocol === 'http:';
  const description = `${target.url.host} is asked about tokens${inTheClear ? ', INSECURE: IN THE CLEAR' : ''}`;
  return new OAuthAuth(createVerifier(judge, limits, clock), description, stop);
}
