/** What plugin authors test their backends with. */
export type {
  AuthenticationCase,
  BadCredential,
  BaseAuthCases,
  ExpiringCredential,
  GoodCredential,
} from './authentication/cases.js';
export { describeBaseAuth } from './authentication/describe-base-auth.js';
export type { AccessCase, AllowedCase, AuthorizationCases } from './authorization/cases.js';
export { describeAuthorizationBackend } from './authorization/describe-authorization-backend.js';
export { createManualClock, type ManualClock } from './manual-clock.js';
export type { Runner } from './runner.js';
