import { z } from 'zod';
import type { ConfiguredAuthorization } from '../../authorization-backend.js';
import { NotFoundError } from '../../errors.js';
import type { Handlers } from './call.js';
import { data } from './outcome.js';
import { jsonObject, printable, type RouteInputs, readInput } from './read-input.js';
import { requireOperator } from './require-operator.js';

const name = printable.min(1);

const bodySchema = z.strictObject({
  who: name.optional().describe('A principal, such as "user:alice", or a role. Absent: somebody without a name.'),
  roles: z.array(name).max(100).optional().describe('Roles of their credential.'),
  tenant: name.optional(),
  realm: name.optional().describe('The issuer that vouches for them, where one does.'),
  claims: jsonObject.optional().describe('What else is vouched for.'),
  does: name.describe('A permission, such as "graph:invoke".'),
  on: name.optional().describe('Which thread, tool or node.'),
});

export const explainInputs = { explainPolicy: { body: bodySchema } } satisfies RouteInputs;

/** `POST /v1/policies/explain`: why somebody may do something, for operators; no caller is ever told of themselves by it. */
export function createExplainHandlers({
  authorization,
}: {
  readonly authorization: readonly ConfiguredAuthorization[];
}): Pick<Handlers, 'explainPolicy'> {
  return {
    explainPolicy: async (call) => {
      const explaining = authorization.find(({ backend }) => backend.explain !== undefined);
      if (explaining?.backend.explain === undefined) throw new NotFoundError('No policy here explains itself.');
      requireOperator(call, explaining.backend);
      const report = await explaining.backend.explain(readInput(bodySchema, call.body, 'body'));
      const others = authorization.filter((one) => one !== explaining).map((one) => one.name);
      return data({ ...report, others });
    },
  };
}
