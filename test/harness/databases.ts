import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock, Stores } from '@agentflow/core';
import { openPostgres, openSqlite } from '@agentflow/stores';
import { DatabaseSync } from '@photostructure/sqlite';
import { Client } from 'pg';
import { describe } from 'vitest';
import { sqliteTimeout } from './embedded-database.js';
import { keepDump } from './leaks/dumps.js';

/** An empty database of one kind. Each opening is a connection of its own, as another process would have it. */
export interface TestDatabase {
  open(clock: Clock): Promise<Stores>;
  /** What a configuration says to use it; undefined where it is the embedded default. */
  readonly configuration: { readonly url: string; readonly schema: string } | undefined;
  /** Where the embedded one lies; empty for the other. */
  readonly file: string;
  /** Does something to it behind the program's back. */
  execute(sql: string): Promise<void>;
  remove(): Promise<void>;
}

interface DatabaseKind {
  readonly name: string;
  readonly isHere: boolean;
  readonly create: () => Promise<TestDatabase>;
}

const postgresUrl = process.env['AGENTFLOW_TEST_POSTGRES'] ?? 'postgres://postgres@127.0.0.1:5432/test';

async function ask(sql: string): Promise<void> {
  const client = new Client({ connectionString: postgresUrl, connectionTimeoutMillis: 20_000 });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** What the tables hold, row by row; bytes in hex. */
async function keepTables(schema: string): Promise<void> {
  const client = new Client({ connectionString: postgresUrl, connectionTimeoutMillis: 20_000 });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables where table_schema = $1`,
      [schema],
    );
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ row: string }>(`select row_to_json(t)::text as row from ${name} t`);
      keepDump(`the table ${name}`, rows.map(({ row }) => row).join('\n'));
    }
  } finally {
    await client.end();
  }
}

const postgresIsHere = await ask('select 1').then(
  () => true,
  () => false,
);

const sqlite: DatabaseKind = {
  name: 'SQLite',
  isHere: true,
  async create() {
    const directory = mkdtempSync(join(tmpdir(), 'agentflow-database-'));
    return {
      open: (clock) => openSqlite(join(directory, 'agentflow.db'), clock),
      configuration: undefined,
      file: join(directory, 'agentflow.db'),
      async execute(sql) {
        const database = new DatabaseSync(join(directory, 'agentflow.db'), { timeout: sqliteTimeout });
        database.exec(sql);
        database.close();
      },
      async remove() {
        for (const file of readdirSync(directory))
          keepDump(`the database file ${file}`, readFileSync(join(directory, file)));
        rmSync(directory, { recursive: true, force: true });
      },
    };
  },
};

const postgres: DatabaseKind = {
  name: 'PostgreSQL',
  isHere: postgresIsHere,
  async create() {
    const schema = `agentflow test ${randomBytes(6).toString('hex')}`;
    const options = { url: postgresUrl, schema, maxConnections: 5, onIdleError: () => undefined };
    return {
      open: (clock) => openPostgres(options, clock),
      configuration: { url: postgresUrl, schema },
      file: '',
      execute: (sql) => ask(`set search_path to "${schema}"; ${sql}`),
      async remove() {
        await keepTables(schema);
        await ask(`drop schema if exists "${schema}" cascade`);
      },
    };
  },
};

/** For a second run of all tests on another Node: what a database does was shown by the first. */
const isOneEnough = process.env['AGENTFLOW_TEST_ONE_DATABASE'] === '1';

type OnDatabase = (create: () => Promise<TestDatabase>, name: string) => void;

function describeOn({ name, isHere, create }: DatabaseKind, body: OnDatabase): void {
  describe.skipIf(!isHere)(
    isHere ? name : `${name} (not there: start it, or name one in AGENTFLOW_TEST_POSTGRES)`,
    () => body(create, name),
  );
}

/** The same tests on every database. Where PostgreSQL is not there, its share is counted as skipped. */
export function describeOnDatabases(body: OnDatabase): void {
  for (const kind of isOneEnough ? [sqlite] : [sqlite, postgres]) describeOn(kind, body);
}

/** What the embedded one has nothing to do with. */
export function describeOnPostgres(body: OnDatabase): void {
  describeOn(postgres, body);
}
