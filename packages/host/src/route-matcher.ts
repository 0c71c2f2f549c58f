import type { RouteMatch } from '@agentflow/core';
import type { Route } from '@agentflow/protocol';
import { Router } from '@koa/router';

/**
 * Finds the route of a path by @koa/router, from rows of the route table alone. Case and slashes count, so that the path which is
 * authorized is the path which is routed; HEAD is answered where GET is.
 */
export function createRouteMatcher(routes: readonly Route[]): (method: string, path: string) => RouteMatch {
  const router = new Router({ strict: true, sensitive: true });
  const byName = new Map<string, Route>();
  for (const route of routes) {
    router.register(toRouterPath(route.path), [route.method], [() => undefined], { name: route.name });
    byName.set(route.name, route);
  }
  return (method, path) => {
    const { path: layers, pathAndMethod } = router.match(path, method);
    // The table has the literal routes before those with parameters.
    const [layer] = pathAndMethod;
    const route = layer?.name === undefined ? undefined : byName.get(layer.name);
    if (layer !== undefined && route !== undefined) {
      return { kind: 'found', route, parameters: layer.params(path, layer.captures(path)) };
    }
    if (layers.length === 0) return { kind: 'not-found' };
    return { kind: 'method-not-allowed', allowed: [...new Set(layers.flatMap(({ methods }) => methods))] };
  };
}

/** From the table's `{name}`, as OpenAPI writes it, to the router's `:name`, in which a literal colon must be escaped. */
function toRouterPath(path: string): string {
  return path.replaceAll(':', '\\:').replace(/\{(\w+)\}/g, ':$1');
}
