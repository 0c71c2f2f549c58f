import type { Permission, RouteName } from '@agentflow/protocol';
import { actingPrincipals } from '../../acting-principals.js';
import { deny } from '../../authorization-backend.js';
import { ownerOf } from '../../principal.js';
import { userOf } from '../../user.js';
import { proofFields } from '../authenticate/proof-fields.js';
import { type AccessRequest, type AuthorizeOptions, decide, enforceDecision } from '../authorize/authorize.js';
import type { Authorization } from '../authorize/authorize-route.js';
import { authorizeUse, type TellRefusedUse } from '../authorize/authorize-use.js';
import { rolesOf } from '../authorize/roles-of.js';
import { scopesInclude } from '../authorize/scopes.js';
import type { Presented } from '../lease/access-lease.js';
import { type AuthorityInForce, askInForce, askNow } from '../lease/authority.js';
import type { Located } from '../read/locate.js';
import { readUpload } from '../read/read-upload.js';
import type { Caller, RequestView } from '../request.js';
import type { Call, Handler, Handlers, PublicCall, PublicHandler } from './call.js';
import type { Outcome } from './outcome.js';

export interface Authorized {
  readonly request: RequestView;
  readonly located: Located;
  /** Null for a public route. */
  readonly presented: Presented | null;
  readonly named: Authorization;
  readonly body: Readonly<Record<string, unknown>> | undefined;
  /** What the call goes on by. */
  readonly openLease: Call['openLease'];
  readonly inForce: AuthorityInForce;
  readonly tellRefusedUse: TellRefusedUse;
  readonly recordChange: Call['recordChange'];
  readonly recordPrincipal: PublicCall['recordPrincipal'];
  readonly recordRunEnd: Call['recordRunEnd'];
}

/** Handle: hands an authorized request to its route's handler. */
export async function handle(authorized: Authorized, handlers: Handlers, options: AuthorizeOptions): Promise<Outcome> {
  const { request, located, presented, named, body, inForce } = authorized;
  const handler: Handler | PublicHandler = handlers[located.route.name satisfies RouteName];
  if ('public' in located.route) {
    return (handler as PublicHandler)(publicCall(authorized));
  }
  if (presented === null) throw new Error(`${located.route.name} is not public, and nobody was authenticated`);
  const { caller } = presented;
  const user = userOf(caller.principal);
  // A call may have waited long, and a run goes on for long: by whatever is in force then, for whoever the caller is by then.
  const decideNow = (access: AccessRequest, tellDifference: AuthorizeOptions['tellDifference']) =>
    askInForce(inForce, ({ authorize }) => decide(request, presented.caller, access, { ...authorize, tellDifference }));
  const decideAlso = async (permission: Permission, resourceId = named.resourceId) => {
    const access = parsePermission(permission, resourceId);
    return { access, decision: await decideNow(access, options.tellDifference) };
  };
  const call: Call = {
    requestId: request.id,
    caller,
    address: request.address,
    // Never the actor's: what is done for a principal is the principal's.
    owner: ownerOf(caller.principal),
    user,
    reachesTenant: () => askNow(inForce, ({ authorize }) => reachesTenant(presented.caller, authorize)),
    ...named,
    parameters: located.parameters,
    query: request.query,
    body: body ?? {},
    signal: request.signal,
    serverEnd: request.serverEnd,
    proof: () => proofFields(request.headers),
    openLease: authorized.openLease,
    hasScopeFor(permission) {
      const { resource, action } = parsePermission(permission, undefined);
      return scopesInclude(caller.principal.scopes, resource, action, options.foreignScopes);
    },
    async may(permission) {
      return (await decideAlso(permission)).decision.effect === 'allow';
    },
    async maySome(permission) {
      const access = { ...parsePermission(permission, undefined), many: true };
      // What somebody might do is no decision: a shadow would be told of each permission that there is.
      return (await decideNow(access, undefined)).effect === 'allow';
    },
    async require(permission) {
      const { access, decision } = await decideAlso(permission);
      enforceDecision(decision, access, options.authentication);
    },
    async mayOn(permission, resourceId) {
      return (await decideAlso(permission, resourceId)).decision.effect === 'allow';
    },
    async requireOn(permission, resourceId) {
      const { access, decision } = await decideAlso(permission, resourceId);
      enforceDecision(decision, access, options.authentication);
    },
    receiveUpload: (maxBytes, take) => readUpload(request, maxBytes, take),
    recordChange: authorized.recordChange,
    recordRunEnd: authorized.recordRunEnd,
    refuse(permission, reason) {
      enforceDecision(deny(reason), parsePermission(permission, named.resourceId), options.authentication);
      throw new Error('a refusal was let through');
    },
    roles: () => askInForce(inForce, ({ authorize }) => rolesOf(presented.caller.principal, authorize)),
    requireUse: (resource, name) =>
      askInForce(inForce, ({ authorize }) => {
        const asking = { ...authorize, tellDifference: options.tellDifference };
        return authorizeUse(presented, { resource, name }, asking, authorized.tellRefusedUse);
      }),
  };
  return (handler as Handler)(call);
}

function publicCall({ request, located, body, recordChange, recordPrincipal }: Authorized): PublicCall {
  const { id: requestId, query, headers, credential, address, isSecure, signal } = request;
  const { parameters } = located;
  return {
    ...{ requestId, parameters, query, headers, credential, address, isSecure, signal },
    ...{ body: body ?? {}, recordChange, recordPrincipal },
  };
}

/** Whoever acts must reach it by itself, as well as the principal for whom it acts. */
function reachesTenant({ principal }: Caller, { backends }: AuthorizeOptions): boolean {
  const [actor] = actingPrincipals(principal);
  return [principal, ...(actor === undefined ? [] : [actor])].every((one) =>
    backends.some((backend) => backend.reachesTenant?.(userOf(one)) === true),
  );
}

function parsePermission(permission: Permission, resourceId: string | undefined): AccessRequest {
  const [resource, action] = permission.split(':') as [AccessRequest['resource'], AccessRequest['action']];
  return { resource, action, resourceId };
}
