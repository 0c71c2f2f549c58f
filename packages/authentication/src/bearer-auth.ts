import {
  type AuthenticationContext,
  type AuthenticationRequest,
  type AuthenticationResult,
  BaseAuth,
  type Credential,
  type HeaderFields,
  notApplicable,
} from '@agentflow/core';
import type { Challenge } from '@agentflow/protocol';

/** In what the ways to know somebody by `Authorization: Bearer` differ. */
export interface BearerParts {
  /** Whether a token is of a form that is taken here, without judging it. */
  readonly takes: (token: string) => boolean;
  /** What such a token comes to. Rejects where that cannot be known now. */
  readonly answer: (token: string) => Promise<AuthenticationResult>;
  readonly description: string;
  /** Absent: the realm, and nothing more. */
  readonly challenge?: Challenge;
  readonly close?: () => void;
}

const plainChallenge: Challenge = { scheme: 'Bearer', parameters: { realm: 'agentflow' } };

class BearerAuth extends BaseAuth {
  readonly #parts: BearerParts;

  constructor(parts: BearerParts) {
    super();
    this.#parts = parts;
  }

  override reads(_headers: HeaderFields, credential: Credential | null): readonly string[] {
    return this.#isTaken(credential) ? [credential.credentials] : [];
  }

  async authenticate(
    _request: AuthenticationRequest,
    _context: AuthenticationContext,
    credential: Credential | null,
  ): Promise<AuthenticationResult> {
    return this.#isTaken(credential) ? this.#parts.answer(credential.credentials) : notApplicable;
  }

  override challenge(): Challenge {
    return this.#parts.challenge ?? plainChallenge;
  }

  override describe(): string {
    return this.#parts.description;
  }

  override close(): void {
    this.#parts.close?.();
  }

  #isTaken(credential: Credential | null): credential is Credential {
    return credential?.scheme === 'bearer' && this.#parts.takes(credential.credentials);
  }
}

/** Knows somebody by a token in `Authorization: Bearer` (RFC 6750 §2.1). */
export function createBearerAuth(parts: BearerParts): BaseAuth {
  return new BearerAuth(parts);
}
