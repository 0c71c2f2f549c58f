import { allRoutes, type Route } from './routes.js';

/** The rows of webhooks, which are served where the configuration has one. */
export function placeWebhooks(hasAny: boolean): readonly Route[] {
  return hasAny ? allRoutes.filter((route) => 'signed' in route) : [];
}
