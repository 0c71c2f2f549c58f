import type { Clock, RemoteTool, RemoteToolStore } from '@agentflow/core';
import type { JsonObject } from '@agentflow/protocol';
import type { Kysely, Selectable } from 'kysely';
import type { Database, RemoteToolTable } from '../schema.js';
import { ownedBy } from './owned.js';

/** The tools that principals have declared. Every statement names the whole owner. */
export function createRemoteToolStore(db: Kysely<Database>, clock: Clock): RemoteToolStore {
  return {
    async list(owner) {
      const rows = await db.selectFrom('remote_tools').selectAll().where(ownedBy(owner)).orderBy('position').execute();
      return rows.map(toRemoteTool);
    },

    replace: (owner, tools) =>
      db.transaction().execute(async (transaction) => {
        await transaction.deleteFrom('remote_tools').where(ownedBy(owner)).execute();
        if (tools.length === 0) return;
        const { tenant, realm, subject } = owner;
        const created_at = clock.now();
        const rows = tools.map(({ node, name, description, parameters }, position) => ({
          ...{ tenant, realm, subject, position, node, name, description, created_at },
          parameters: JSON.stringify(parameters),
        }));
        // Two declarations of one principal at once: the second waits for the first row, and then takes its place.
        await transaction
          .insertInto('remote_tools')
          .values(rows)
          .onConflict((conflict) =>
            conflict.columns(['tenant', 'realm', 'subject', 'position']).doUpdateSet((fields) => ({
              node: fields.ref('excluded.node'),
              name: fields.ref('excluded.name'),
              description: fields.ref('excluded.description'),
              parameters: fields.ref('excluded.parameters'),
              created_at: fields.ref('excluded.created_at'),
            })),
          )
          .execute();
        // What the other had more of.
        await transaction
          .deleteFrom('remote_tools')
          .where(ownedBy(owner))
          .where('position', '>=', tools.length)
          .execute();
      }),
  };
}

function toRemoteTool({ node, name, description, parameters }: Selectable<RemoteToolTable>): RemoteTool {
  return { node, name, description, parameters: JSON.parse(parameters) as JsonObject };
}
