import { NotFoundError } from '../../errors.js';
import type { Handlers } from './call.js';

/** The handlers of routes that are not served here: nobody gets as far as these. */
export function switchedOff<N extends keyof Handlers>(...names: readonly N[]): Pick<Handlers, N> {
  const refuse = (): never => {
    throw new NotFoundError();
  };
  return Object.fromEntries(names.map((name) => [name, refuse])) as unknown as Pick<Handlers, N>;
}
