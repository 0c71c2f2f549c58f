import { z } from 'zod';

const roleName = z.string().min(1);

/** What stands under `authorization` in the file. */
export const rolesAuthorizationOptionsSchema = z.strictObject({
  method: z.literal('roles'),
  roles: z
    .record(roleName, z.array(z.string()))
    .describe('What each role may do: "graph:invoke", "graph:*", "*:read", or "*" for all.'),
  inherits: z
    .record(roleName, z.array(roleName))
    .optional()
    .describe('The roles from which a role inherits permissions: {"admin": ["user"]}.'),
  default_role: roleName.optional().describe('The role of principals that have none. Absent: they may do nothing.'),
  administrator_role: roleName
    .optional()
    .describe('A role that has every permission and sees all threads of its tenant.'),
  isolation: z
    .enum(['owner', 'none'])
    .optional()
    .describe('"none" shows everybody all threads of their tenant, and is announced at start. Absent: "owner".'),
});

export type RolesAuthorizationOptions = z.output<typeof rolesAuthorizationOptionsSchema>;
