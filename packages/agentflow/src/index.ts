/** What plugins and graphs import from `agentflow`. */
export {
  type Actor,
  type AuthenticationAnswer,
  type AuthenticationContext,
  type AuthenticationRequest,
  type AuthorizationAnswer,
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
  type Filter,
  type Log,
  notApplicable,
  type Principal,
  type Readiness,
  rejected,
  type User,
  type UserActor,
  type UserRecord,
} from '@agentflow/core';
export { callRemoteTools, type RemoteToolsOptions, remoteTools } from '@agentflow/graph/remote-tools';
export type { Challenge } from '@agentflow/protocol';
