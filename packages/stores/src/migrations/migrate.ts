import { type Kysely, type Migration, Migrator } from 'kysely';
import type { DatabaseDialect } from '../dialect.js';
import type { Database } from '../schema.js';
import * as threads from './001-threads.js';
import * as checkpoints from './002-checkpoints.js';
import * as stopRequests from './003-stop-requests.js';
import * as runs from './004-runs.js';
import * as memories from './005-memories.js';
import * as auditEvents from './006-audit-events.js';
import * as auditDetails from './007-audit-details.js';
import * as policies from './008-policies.js';
import * as threadGrants from './009-thread-grants.js';
import * as auditActors from './010-audit-actors.js';
import * as remoteTools from './011-remote-tools.js';
import * as files from './012-files.js';
import * as tickets from './013-tickets.js';
import * as usersAndRevocations from './014-users-and-revocations.js';
import * as sessions from './015-sessions.js';
import * as apiKeys from './016-api-keys.js';
import * as webhookDeliveries from './017-webhook-deliveries.js';
import * as signIns from './018-sign-ins.js';
import * as sessionsOfTenants from './019-sessions-of-tenants.js';

interface MigrationOfAnyDialect {
  readonly up: (dialect: DatabaseDialect) => Migration['up'];
}

/** Every migration, in order. None is ever changed once it has been released. */
const migrations: Readonly<Record<string, MigrationOfAnyDialect>> = {
  '001-threads': threads,
  '002-checkpoints': checkpoints,
  '003-stop-requests': stopRequests,
  '004-runs': runs,
  '005-memories': memories,
  '006-audit-events': auditEvents,
  '007-audit-details': auditDetails,
  '008-policies': policies,
  '009-thread-grants': threadGrants,
  '010-audit-actors': auditActors,
  '011-remote-tools': remoteTools,
  '012-files': files,
  '013-tickets': tickets,
  '014-users-and-revocations': usersAndRevocations,
  '015-sessions': sessions,
  '016-api-keys': apiKeys,
  '017-webhook-deliveries': webhookDeliveries,
  '018-sign-ins': signIns,
  '019-sessions-of-tenants': sessionsOfTenants,
};

/** Those of the migrations that a database has had which this program does not know: a newer one has been there. */
export function unknownMigrations(names: readonly string[]): readonly string[] {
  return names.filter((name) => !Object.hasOwn(migrations, name));
}

/**
 * For who only reads.
 * @param names of those that the database has had
 * @throws {Error} if it is newer or older than the program
 */
export function requireMigrated(names: readonly string[]): void {
  const [unknown] = unknownMigrations(names);
  if (unknown !== undefined) {
    throw new Error(`it cannot be read by this version of agentflow: a newer one has made "${unknown}"`);
  }
  if (names.length < Object.keys(migrations).length) {
    throw new Error(
      'it is of an older version of agentflow. A server of this version brings it up to date when it starts',
    );
  }
}

/**
 * Brings the database to this program's version. Processes that start together wait for each other.
 * @throws {Error} if it is newer than the program, or a migration fails; nothing is half done then
 */
export async function migrate(db: Kysely<Database>, dialect: DatabaseDialect, schema?: string): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: {
      getMigrations: async () =>
        Object.fromEntries(Object.entries(migrations).map(([name, { up }]) => [name, { up: up(dialect) }])),
    },
    ...(schema !== undefined && { migrationTableSchema: schema }),
  });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  // With a code, it is the database's own error, or the connection's: no other version would fare better.
  if (error instanceof Error && 'code' in error) throw error;
  const message = error instanceof Error ? error.message : 'unknown error';
  throw new Error(`the database cannot be used by this version of agentflow: ${message}`, { cause: error });
}
