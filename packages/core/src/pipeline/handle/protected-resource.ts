import type { JsonObject } from '@agentflow/protocol';
import { NotFoundError } from '../../errors.js';
import type { Handlers } from './call.js';
import { data } from './outcome.js';

/** `GET /.well-known/oauth-protected-resource`: written at start; nothing of a request goes into it. */
export function createProtectedResourceHandlers({
  protectedResource,
}: {
  /** Absent where it is not served. */
  readonly protectedResource?: JsonObject | undefined;
}): Pick<Handlers, 'readProtectedResource'> {
  return {
    readProtectedResource: () => {
      if (protectedResource === undefined) throw new NotFoundError();
      return data(protectedResource);
    },
  };
}
