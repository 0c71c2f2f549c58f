/** What plugins and graphs import from `agentflow`. */
export {
  type AuthenticationAnswer,
  type AuthenticationContext,
  type AuthenticationRequest,
  AuthorizationBackend,
  type AuthorizationContext,
  allow,
  BaseAuth,
  type Credential,
  currentUser,
  type Decision,
  deny,
  type Log,
  type User,
  type UserRecord,
} from '@agentflow/core';
export type { Challenge } from '@agentflow/protocol';
