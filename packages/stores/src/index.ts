export { openRedisCounters, type RedisOptions, type SharedCounters } from './counters/redis-counters.js';
export { createDiskVault } from './disk/disk-vault.js';
export { isRefusedLogin } from './postgres/available-pool.js';
export { openPostgres, type PostgresOptions, probePostgres } from './postgres/open-postgres.js';
export { readPostgres } from './postgres/read-postgres.js';
export { openSqlite } from './sqlite/open-sqlite.js';
export { probeSqlite } from './sqlite/probe-sqlite.js';
export { readSqlite } from './sqlite/read-sqlite.js';
