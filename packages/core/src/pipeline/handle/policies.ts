import type { PolicyChangeResponse, PolicyLineResource } from '@agentflow/protocol';
import { z } from 'zod';
import { actingPrincipals } from '../../acting-principals.js';
import type { ConfiguredAuthorization } from '../../authorization-backend.js';
import { NotFoundError, ValidationError } from '../../errors.js';
import { livePolicies } from '../../live-policies.js';
import { type LivePolicy, PolicyChangeError, type PolicyChangeRequest } from '../../live-policy.js';
import type { PolicyFields, StoredPolicyChange, StoredPolicyLine } from '../../stores/policy-store.js';
import { type User, userOf } from '../../user.js';
import type { Call, Handlers } from './call.js';
import { data, type Outcome } from './outcome.js';
import { type RouteInputs, readInput, searchText } from './read-input.js';
import { requireOperator } from './require-operator.js';

/** More are imported from a file, by `agentflow policy import`. */
const maxLines = 1_000;

const lineSchema = z
  .array(z.string())
  .min(2, 'must be a section and its values: ["p", "user", "graph", "invoke"]')
  .max(20)
  .transform(([key = '', ...values]): PolicyFields => [key, ...values]);

const changeSchema = z
  .object({
    add: z.array(lineSchema).max(maxLines).default([]),
    remove: z.array(lineSchema).max(maxLines).default([]),
    expected_revision: z.int().min(0).optional(),
    even_if_locked_out: z.boolean().default(false),
  })
  .refine(({ add, remove }) => add.length + remove.length > 0, { path: ['add'], error: 'must hold at least one line' });

const listSchema = z.object({
  search: searchText.default(''),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.coerce.number().int().min(0).default(0),
});

export const policyInputs = {
  listPolicyLines: { query: listSchema },
  changePolicy: { body: changeSchema },
} satisfies RouteInputs;

type PolicyRoutes = 'listPolicyLines' | 'changePolicy' | 'deletePolicyLine';

/** The routes of a policy that is kept in the database. */
export function createPolicyHandlers({
  authorization,
}: {
  readonly authorization: readonly ConfiguredAuthorization[];
}): Pick<Handlers, PolicyRoutes> {
  const [live] = livePolicies(authorization);

  function policyFor(call: Call): LivePolicy {
    if (live === undefined) throw new NotFoundError('The policy here is not kept in the database.');
    requireOperator(call, live.backend);
    return live.policy;
  }

  return {
    listPolicyLines: async (call) => {
      const policy = policyFor(call);
      const { search, limit, cursor } = readInput(listSchema, Object.fromEntries(call.query), 'query');
      const { revision } = policy;
      const found = await policy.list({ search, limit, after: cursor });
      const last = found.length < limit ? undefined : found.at(-1);
      return data({ revision, lines: found.map(toResource), next_cursor: last === undefined ? null : String(last.id) });
    },

    changePolicy: async (call) => {
      const policy = policyFor(call);
      const { add, remove, expected_revision, even_if_locked_out } = readInput(changeSchema, call.body, 'body');
      const keeps = even_if_locked_out ? undefined : whoeverChanges(call);
      const requireStill = () => call.require('policy:write');
      return change(call, policy, { add, remove, expectedRevision: expected_revision, requireStill, keeps });
    },

    deletePolicyLine: async (call) => {
      const policy = policyFor(call);
      const id = call.resourceId ?? '';
      const line = /^[1-9]\d{0,14}$/.test(id) ? await policy.find(Number(id)) : undefined;
      if (line === undefined) throw new NotFoundError('There is no such line in the policy.');
      const requireStill = () => call.require('policy:delete');
      return change(call, policy, { add: [], remove: [line.fields], requireStill, keeps: whoeverChanges(call) });
    },
  };
}

/** The principal, and who acts for it: without the right of both there is no other change by them. */
function whoeverChanges({ user, caller: { principal } }: Call): readonly User[] {
  return [user, ...actingPrincipals(principal).slice(0, 1).map(userOf)];
}

async function change(call: Call, policy: LivePolicy, request: Omit<PolicyChangeRequest, 'author'>): Promise<Outcome> {
  const author = { principal: call.owner, requestId: call.requestId };
  const { revision, added, removed } = await tellFaults(() => policy.change({ ...request, author }));
  const isChanged = added.length + removed.length > 0;
  if (isChanged) call.recordChange('policy-changed', changeDetail({ revision, added, removed }));
  const response = { revision, added: added.map(toResource), removed: removed.map(toResource) };
  return data(response satisfies PolicyChangeResponse);
}

/** As many lines as one request may name: all of them, in the words of the policy. */
function changeDetail({ revision, added, removed }: StoredPolicyChange) {
  const fieldsOf = (lines: readonly StoredPolicyLine[]) => lines.map(({ fields }) => [...fields]);
  return { revision, added: fieldsOf(added), removed: fieldsOf(removed) };
}

async function tellFaults<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PolicyChangeError)) throw error;
    const details = error.faults.map(({ at, message, remedy }) => {
      return { loc: ['body', ...at], msg: `${message}. ${remedy}`, type: 'policy' };
    });
    throw new ValidationError(details);
  }
}

function toResource({ id, fields }: StoredPolicyLine): PolicyLineResource {
  return { id, line: fields };
}
