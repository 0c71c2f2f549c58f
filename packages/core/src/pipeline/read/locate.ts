import type { Route } from '@agentflow/protocol';
import { BadRequestError, MethodNotAllowedError, NotFoundError } from '../../errors.js';
import type { RequestView } from '../request.js';
import { requireHandshake } from './require-handshake.js';

export interface Located {
  readonly route: Route;
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * Where the request leads. Asked after authentication: who has no credential learns nothing about the paths.
 * @throws {BadRequestError} {@link NotFoundError} {@link MethodNotAllowedError} {@link UpgradeRequiredError}
 */
export function locate(request: RequestView): Located {
  const { match } = request;
  switch (match.kind) {
    case 'found':
      requireHandshake(request, match.route);
      return match;
    case 'malformed':
      throw new BadRequestError(match.reason);
    case 'method-not-allowed':
      throw new MethodNotAllowedError(match.allowed);
    case 'not-found':
      throw new NotFoundError(`There is nothing at ${request.method} ${request.path}.`);
  }
}
