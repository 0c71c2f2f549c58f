import { apiKeyRoutes } from './routes/api-key-routes.js';
import { allRoutes, type Route } from './routes.js';

/** The rows of issued keys, where any are issued. */
export function placeApiKeys(isIssuing: boolean): readonly Route[] {
  return isIssuing ? allRoutes.filter(({ name }) => Object.hasOwn(apiKeyRoutes, name)) : [];
}
