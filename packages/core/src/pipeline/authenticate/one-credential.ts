import type { ConfiguredAuth } from '../../base-auth.js';
import { BadRequestError } from '../../errors.js';
import type { RequestView } from '../request.js';

/**
 * Refuses a request with two credentials, because there is no telling whose it is. The same text in two places counts as
 * one; a text in a place where no configured backend looks counts as none.
 * @throws {BadRequestError}
 */
export function requireOneCredential(
  { headers, credential }: Pick<RequestView, 'headers' | 'credential'>,
  backends: readonly Pick<ConfiguredAuth, 'backend'>[],
): void {
  let first: string | undefined;
  for (const { backend } of backends) {
    if (backend.reads === undefined) continue;
    for (const text of backend.reads(headers, credential)) {
      first ??= text;
      // Both are the caller's own: how long this takes tells nobody anything.
      if (text !== first) throw new BadRequestError('The request carries more than one credential; it may carry one.');
    }
  }
}
