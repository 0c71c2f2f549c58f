import type { SessionsEndedResponse, TenantSessionListResponse } from '@agentflow/protocol';
import { z } from 'zod';
import type { Handlers } from './call.js';
import { data } from './outcome.js';
import { nextCursor, pageFields, readPage } from './page.js';
import type { RouteInputs } from './read-input.js';
import { noSuchSession, toTold } from './sessions.js';
import type { LoginParts } from './sign-in.js';
import { switchedOff } from './switched-off.js';

const listSchema = z.object({
  ...{ limit: pageFields.limit, cursor: pageFields.cursor },
  subject: z.string().max(1024).optional().describe('Only theirs, of whichever provider. Empty: of everybody.'),
});

/** A cursor is enough; the other spelling of a page is read nowhere. */
const pageSchema = listSchema.extend({ offset: pageFields.offset });

export const tenantSessionInputs = { listTenantSessions: { query: listSchema } } satisfies RouteInputs;

/** Everybody's sessions in the tenant, for administrators: whom a provider has signed in, is no user of ours and has no other place. */
export function createTenantSessionHandlers({
  login,
}: {
  readonly login?: Pick<LoginParts, 'sessions'> | undefined;
}): Pick<Handlers, 'listTenantSessions' | 'endTenantSession'> {
  if (login === undefined) return switchedOff('listTenantSessions', 'endTenantSession');
  const { sessions } = login;
  return {
    listTenantSessions: async (call) => {
      const { subject = '', ...page } = readPage(pageSchema, call.query);
      const { limit, after } = page;
      const wanted = { limit, after, ...(subject !== '' && { subject }) };
      const found = await sessions.listIn(call.owner.tenant, wanted);
      const told: TenantSessionListResponse = {
        sessions: found.map(({ owner, ...session }) => {
          const { realm, subject: whose } = owner;
          return { ...toTold(session), owner: { realm, subject: whose } };
        }),
        next: nextCursor(found, page, ({ createdAt, sessionId }) => ({ time: createdAt, id: sessionId })),
      };
      return data(told);
    },

    endTenantSession: async (call) => {
      const session = call.parameters['session_id'] ?? '';
      const owner = await sessions.endIn(call.owner.tenant, session);
      if (owner === undefined) throw noSuchSession();
      const { realm, subject } = owner;
      call.recordChange('session-ended', { session, realm, subject });
      return data({ ended: 1 } satisfies SessionsEndedResponse);
    },
  };
}
