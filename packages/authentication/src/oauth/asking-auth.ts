import { setMaxListeners } from 'node:events';
import { authenticated, type BaseAuth, rejected } from '@agentflow/core';
import type { Challenge } from '@agentflow/protocol';
import { createBearerAuth } from '../bearer-auth.js';
import { maxTokenLength } from './limits.js';
import type { OAuthSurroundings } from './oauth-surroundings.js';
import type { IntrospectionOptions, VerifyOptions } from './options.js';
import type { Verdict } from './verdict.js';
import { holdVerdictMemory } from './verdict-memory.js';
import { createVerifier } from './verify-token.js';

export interface AskingParts {
  /** Asks about one token. `stop` ends it early. */
  readonly judge: (token: string, stop: AbortSignal) => Promise<Verdict>;
  readonly challenge: Challenge;
  readonly description: string;
  readonly close: () => void;
}

/** Knows somebody by asking a remote endpoint about the token in `Authorization: Bearer`. */
export function createAskingAuth(
  parts: AskingParts,
  options: VerifyOptions | IntrospectionOptions,
  surroundings: Pick<OAuthSurroundings, 'clock' | 'isTrial' | 'isReload'>,
): BaseAuth {
  const { cache, max_connections: maxConnections } = options;
  const stop = new AbortController();
  // Each call in flight listens, and so many there may be.
  setMaxListeners(maxConnections, stop.signal);
  const limits = { cacheMilliseconds: cache * 1000, maxConnections };
  const { memory, leave } = holdVerdictMemory(options, surroundings);
  const verify = createVerifier((token) => parts.judge(token, stop.signal), limits, surroundings.clock, memory);
  return createBearerAuth({
    ...{ challenge: parts.challenge, description: parts.description },
    takes: (token) => token !== '',
    async answer(token) {
      // RFC 6750 §2.1, and a little more, because there are issuers who use it: visible ASCII.
      if (token.length > maxTokenLength || !/^[\x21-\x7e]+$/.test(token)) {
        return rejected('it has not the form of a token');
      }
      // Not under the request's signal: others may wait for the same answer, and this client may leave.
      const verdict = await verify(token);
      return verdict.kind === 'good' ? authenticated(verdict.principal, verdict.evidence) : rejected(verdict.reason);
    },
    close() {
      stop.abort();
      leave();
      parts.close();
    },
  });
}
