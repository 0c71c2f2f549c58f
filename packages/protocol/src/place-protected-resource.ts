import { type Route, routes } from './routes.js';

/** The row of the metadata of this server as it is served: at this path, or not at all. */
export function placeProtectedResource(path: `/${string}` | undefined): readonly Route[] {
  return path === undefined ? [] : [{ name: 'readProtectedResource', ...routes.readProtectedResource, path }];
}
