import { UnavailableError } from '@agentflow/core';
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import type { Pool, PoolClient } from 'pg';

/**
 * SQLSTATE classes that say that the server cannot do it now, and might later: connection (08), resources (53), intervention
 * of an operator or a time-out (57), and the errors of its own system (58).
 */
const passing = /^(?:08|53|57|58)/;

/** A pool whose errors tell a database that is away, which is 503, from a statement that is wrong. */
export function createAvailablePool(pool: Pool): PostgresPool {
  return {
    async connect() {
      try {
        return wrap(await pool.connect());
      } catch (error) {
        throw new UnavailableError({ reason: `the database does not answer: ${messageOf(error)}`, cause: error });
      }
    },
    end: () => pool.end(),
  };
}

const wrapped = new WeakMap<PoolClient, PostgresPoolClient>();

/** The pool hands out the same few clients: each is wrapped once, and Kysely knows it again. */
function wrap(client: PoolClient): PostgresPoolClient {
  const known = wrapped.get(client);
  if (known !== undefined) return known;
  let isBroken = false;
  const query = async (text: string, parameters: readonly unknown[]) => {
    try {
      return await client.query(text, [...parameters]);
    } catch (error) {
      if (!isPassing(error)) throw error;
      isBroken = true;
      throw new UnavailableError({ reason: `the database broke off: ${messageOf(error)}`, cause: error });
    }
  };
  const available = { query, release: () => client.release(isBroken) } as unknown as PostgresPoolClient;
  wrapped.set(client, available);
  return available;
}

/** Without a SQLSTATE, the error is the connection's own: it broke, or was refused. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const state = 'code' in error ? String(error.code) : '';
  return passing.test(state) || !/^[\dA-Z]{5}$/.test(state);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error';
}
