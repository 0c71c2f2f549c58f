import type { JsonObject } from '@agentflow/protocol';
import { NotFoundError } from '../../errors.js';
import type { Handlers } from './call.js';
import { data, type Outcome } from './outcome.js';

/** The interface, described for programs and for people. */
export interface Documentation {
  /** OpenAPI 3.1. */
  readonly openApi: JsonObject;
  readonly docs: Page;
  readonly redocs: Page;
}

export interface Page {
  readonly html: string;
  /** Its `Content-Security-Policy`. */
  readonly policy: string;
}

/** The routes of the documentation. What they answer was written at start; nothing of a request goes into it. */
export function createDocumentationHandlers({
  documentation,
}: {
  /** Absent where none of these routes is served. */
  readonly documentation?: Documentation | undefined;
}): Pick<Handlers, 'readOpenApi' | 'readDocs' | 'readRedocs'> {
  const written = (): Documentation => {
    if (documentation === undefined) throw new NotFoundError();
    return documentation;
  };
  const page = (one: Page): Outcome => ({ kind: 'page', ...one });
  return {
    readOpenApi: () => data(written().openApi),
    readDocs: () => page(written().docs),
    readRedocs: () => page(written().redocs),
  };
}
