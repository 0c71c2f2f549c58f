export { openSqlite } from './sqlite/open-sqlite.js';
