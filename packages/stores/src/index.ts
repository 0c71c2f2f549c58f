export { openPostgres, type PostgresOptions, probePostgres } from './postgres/open-postgres.js';
export { readPostgresTrail } from './postgres/read-postgres-trail.js';
export { openSqlite } from './sqlite/open-sqlite.js';
export { probeSqlite } from './sqlite/probe-sqlite.js';
export { readSqliteTrail } from './sqlite/read-sqlite-trail.js';
