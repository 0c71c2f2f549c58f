import type { ConfiguredAuthorization } from './authorization-backend.js';

/** Those of the backends that are changed while they decide. */
export function livePolicies(backends: readonly ConfiguredAuthorization[]) {
  return backends.flatMap(({ name, backend, deadlineMilliseconds }) => {
    const policy = backend.livePolicy;
    return policy === undefined ? [] : [{ name, backend, policy, deadlineMilliseconds }];
  });
}
