import { isJsonValue, isPrintable } from '@agentflow/core';
import type { JsonObject } from '@agentflow/protocol';
import { z } from 'zod';
import { isRoleName, isSubjectName, readSubjectName } from '../subject-name.js';
import type { AskerFields } from './asker.js';

const name = z.string().min(1).max(255).refine(isPrintable, 'there is a control character in a name');
const role = name.refine(isRoleName, '"*" and the name of a principal are no roles');
const claims = z.custom<JsonObject>(
  (value) => typeof value === 'object' && !Array.isArray(value) && isJsonValue(value),
  '"claims" must be an object',
);

/** The keys of whoever asks. */
export const whoKeys = ['user', 'role', 'roles', 'tenant', 'realm', 'claims'] as const;

/** `"user:alice"`, a role, or all of it at length: `{}` is somebody whom the policy does not name. */
export const whoSchema = z
  .preprocess(
    (value) => (typeof value === 'string' ? readShort(value) : value),
    z.strictObject({
      user: name.optional(),
      role: role.optional(),
      roles: z.array(role).optional(),
      tenant: name.optional(),
      realm: name.optional(),
      claims: claims.optional(),
    }),
  )
  .transform(({ user, role: one, roles = [], tenant, realm, claims: more }): AskerFields => {
    const all = one === undefined ? roles : [one, ...roles];
    return { subject: user, roles: all, tenant, realm, claims: more };
  });

/** What is no name stays as it is, and is refused as no object. */
function readShort(text: string): unknown {
  if (!isSubjectName(text)) return { role: text };
  const read = readSubjectName(text);
  return read === undefined ? text : { user: read.sub, realm: read.realm, tenant: read.tenant };
}
