import { allRoutes, type Route, type RouteName, routes } from './routes.js';

/** Where the documentation is served. */
export interface DocumentationPlaces {
  /** Absent: this page is not served. */
  readonly readDocs?: `/${string}` | undefined;
  readonly readRedocs?: `/${string}` | undefined;
  /** Why anybody may read it. Absent: whoever is authenticated may. */
  readonly public?: string | undefined;
}

/** The rows of the documentation as they are served: none, where it has no page. */
export function placeDocumentation(places: DocumentationPlaces): readonly Route[] {
  const { readDocs, readRedocs, public: reason } = places;
  if (readDocs === undefined && readRedocs === undefined) return [];
  const paths: Partial<Record<RouteName, `/${string}` | undefined>> = {
    ...{ readOpenApi: routes.readOpenApi.path, readDocs, readRedocs },
  };
  return allRoutes.flatMap((route): Route[] => {
    const path = paths[route.name];
    if (path === undefined) return [];
    const { name, method, answer, summary } = route;
    return [reason === undefined ? { ...route, path } : { name, method, path, answer, summary, public: reason }];
  });
}
