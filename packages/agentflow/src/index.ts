/** What plugins and graphs import from `agentflow`. */
export {
  type AuthenticationAnswer,
  type AuthenticationContext,
  type AuthenticationRequest,
  AuthorizationBackend,
  type AuthorizationContext,
  allow,
  authenticated,
  BaseAuth,
  type Credential,
  createPrincipal,
  currentUser,
  type Decision,
  deny,
  type Log,
  notApplicable,
  type Principal,
  type Readiness,
  rejected,
  type User,
  type UserRecord,
} from '@agentflow/core';
export type { Challenge } from '@agentflow/protocol';
