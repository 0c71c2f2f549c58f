import {
  type AuthenticationContext,
  type AuthenticationRequest,
  type AuthenticationResult,
  BaseAuth,
  type Credential,
  type HeaderFields,
  isOfThisMachine,
  notApplicable,
  rejected,
} from '@agentflow/core';
import { type NameAndPassword, parseBasic } from './parse-basic.js';

/** Whose name and password they are. */
export interface BasicSource {
  find(proof: NameAndPassword, address: string): AuthenticationResult | Promise<AuthenticationResult>;
  readonly description: string;
}

/** Knows somebody by their name and password, which come with every request. */
class BasicAuth extends BaseAuth {
  readonly #source: BasicSource;

  constructor(source: BasicSource) {
    super();
    this.#source = source;
  }

  override reads(_headers: HeaderFields, credential: Credential | null): readonly string[] {
    return credential?.scheme === 'basic' && credential.credentials !== '' ? [credential.credentials] : [];
  }

  authenticate(
    request: AuthenticationRequest,
    _context: AuthenticationContext,
    credential: Credential | null,
  ): AuthenticationResult | Promise<AuthenticationResult> {
    if (credential?.scheme !== 'basic') return notApplicable;
    // RFC 7617 §4: whoever listens on the way has the password, and has it for long.
    if (!request.isSecure && !isOfThisMachine(request))
      return rejected('a password over a connection that is not encrypted');
    const proof = parseBasic(credential.credentials);
    return proof === undefined ? rejected('no name and password') : this.#source.find(proof, request.address);
  }

  override challenge() {
    return { scheme: 'Basic', parameters: { realm: 'agentflow', charset: 'UTF-8' } };
  }

  override describe(): string {
    return `${this.#source.description}, over TLS or on this machine`;
  }
}

export function createBasicBackend(source: BasicSource): BaseAuth {
  return new BasicAuth(source);
}
