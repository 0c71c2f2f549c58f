import type { RouteDefinition } from './route-definition.js';
import { apiKeyRoutes } from './routes/api-key-routes.js';
import { documentationRoutes } from './routes/documentation-routes.js';
import { fileRoutes } from './routes/file-routes.js';
import { graphRoutes } from './routes/graph-routes.js';
import { loginRoutes } from './routes/login-routes.js';
import { memoryRoutes } from './routes/memory-routes.js';
import { playgroundRoutes } from './routes/playground-routes.js';
import { policyRoutes } from './routes/policy-routes.js';
import { probeRoutes } from './routes/probe-routes.js';
import { providerSignInRoutes } from './routes/provider-sign-in-routes.js';
import { resourceRoutes } from './routes/resource-routes.js';
import { sessionRoutes } from './routes/session-routes.js';
import { threadRoutes } from './routes/thread-routes.js';
import { userRoutes } from './routes/user-routes.js';
import { webhookRoutes } from './routes/webhook-routes.js';

/**
 * The one table that declares every route. The host serves exactly these, the pipeline demands exactly what
 * they require, and documentation, audit event types and the list of public routes are read from here.
 */
export const routes = {
  ...probeRoutes,
  ...graphRoutes,
  ...threadRoutes,
  ...memoryRoutes,
  ...fileRoutes,
  ...policyRoutes,
  ...sessionRoutes,
  ...providerSignInRoutes,
  ...loginRoutes,
  ...userRoutes,
  ...apiKeyRoutes,
  ...webhookRoutes,
  ...documentationRoutes,
  ...playgroundRoutes,
  ...resourceRoutes,
};

export type RouteName = keyof typeof routes;

/** A route together with its name. */
export type Route = RouteDefinition & { readonly name: RouteName };

/** Every row of the table. */
export const allRoutes: readonly Route[] = (Object.keys(routes) as RouteName[]).map((name) => ({
  name,
  ...(routes[name] as RouteDefinition),
}));

/** Rows of these tables, which are served where something switches them on. */
export function routesNamed(...tables: readonly Readonly<Record<string, RouteDefinition>>[]): readonly Route[] {
  const names = new Set(tables.flatMap((table) => Object.keys(table)));
  return allRoutes.filter(({ name }) => names.has(name));
}

/** What is served always, as a list. */
export const routeList: readonly Route[] = allRoutes.filter(({ switchedOn }) => switchedOn !== true);
