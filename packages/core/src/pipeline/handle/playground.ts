import { NotFoundError } from '../../errors.js';
import type { Handlers } from './call.js';
import type { Page } from './documentation.js';

/** `GET /playground`: the same page for everybody; nothing of a request goes into it. */
export function createPlaygroundHandlers({
  playground,
}: {
  /** Absent where it is not served. */
  readonly playground?: Page | undefined;
}): Pick<Handlers, 'readPlayground'> {
  return {
    readPlayground: () => {
      if (playground === undefined) throw new NotFoundError();
      return { kind: 'page', ...playground };
    },
  };
}
