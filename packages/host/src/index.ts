export type { CorsRules } from './cors.js';
export { createInFlight, type InFlight } from './in-flight.js';
export { createRouteMatcher } from './route-matcher.js';
export { type RunningServer, type ServerOptions, startServer } from './server.js';
export { createSuccession, type Snapshot, type Succession } from './succession.js';
