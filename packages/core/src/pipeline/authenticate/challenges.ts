import type { Challenge } from '@agentflow/protocol';
import type { ConfiguredAuth } from '../../base-auth.js';

/**
 * How to authenticate here, once for each backend. What went wrong is told in the Bearer scheme alone, which has words for it
 * (RFC 6750 §3.1).
 */
export function challengesOf(
  backends: readonly Pick<ConfiguredAuth, 'backend'>[],
  bearerParameters: Readonly<Record<string, string>>,
): readonly Challenge[] {
  return backends.map(({ backend }) => {
    const challenge = backend.challenge();
    if (challenge.scheme.toLowerCase() !== 'bearer') return challenge;
    return { ...challenge, parameters: { ...challenge.parameters, ...bearerParameters } };
  });
}
