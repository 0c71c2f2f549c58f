import { defineRoutes } from '../route-definition.js';

/** A page to try this interface with. Served only where it is switched on. */
export const playgroundRoutes = defineRoutes({
  readPlayground: {
    method: 'GET',
    path: '/playground',
    // The address bar of a browser sends no credential: whoever could not read the page could not present one to it.
    public: 'a page without any data: whoever uses it signs in, and each of its calls is authorized',
    switchedOn: true,
    answer: 'page',
    summary: 'A page to try this interface with.',
  },
});
