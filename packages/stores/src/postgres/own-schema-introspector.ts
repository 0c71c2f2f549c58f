import { type DatabaseIntrospector, type Kysely, sql, type TableMetadata } from 'kysely';

/**
 * What the migrator asks of a database, answered for one schema. Kysely's own reads the columns of every table of every
 * schema, which is slow in a large database and fails when somebody drops one of theirs meanwhile.
 */
export function createOwnSchemaIntrospector(db: Kysely<unknown>, schema: string): DatabaseIntrospector {
  async function getTables(): Promise<TableMetadata[]> {
    const { rows } = await sql<{ name: string }>`
      select c.relname as name from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ${schema} and c.relkind in ('r', 'p')`.execute(db);
    return rows.map(({ name }) => ({ name, schema, isView: false, columns: [] }));
  }
  return {
    async getSchemas() {
      const { rows } = await sql<{ name: string }>`
        select nspname as name from pg_catalog.pg_namespace where nspname = ${schema}`.execute(db);
      return rows;
    },
    getTables,
    getMetadata: async () => ({ tables: await getTables() }),
  };
}
