import { type Route, routes } from './routes.js';

/** The row of the playground as it is served: at this path, or not at all. */
export function placePlayground(path: `/${string}` | undefined): readonly Route[] {
  return path === undefined ? [] : [{ name: 'readPlayground', ...routes.readPlayground, path }];
}
