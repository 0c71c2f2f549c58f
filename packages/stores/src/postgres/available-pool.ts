import { UnavailableError } from '@agentflow/core';
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import type { Pool, PoolClient } from 'pg';

/**
 * SQLSTATE classes that say that the server cannot do it now, and might later: connection (08), a transaction that it has taken back for
 * another's sake (40), resources (53), intervention of an operator or a time-out (57), and the errors of its own system (58).
 */
const passing = /^(?:08|40|53|57|58)/;

/** A pool whose errors tell a database that is away, which is 503, from a statement that is wrong. */
export function createAvailablePool(pool: Pool): PostgresPool {
  return {
    async connect() {
      try {
        return wrap(await pool.connect());
      } catch (error) {
        const what = isRefusedLogin(error) ? 'refuses the login' : 'does not answer';
        throw new UnavailableError({ reason: `the database ${what}: ${messageOf(error)}`, cause: error });
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
  let lost: UnavailableError | undefined;
  const query = async (text: string, parameters: readonly unknown[]) => {
    // A statement that still waits for its answer holds up the next: nobody waits once more, for a rollback that cannot arrive.
    if (lost !== undefined) throw lost;
    try {
      return await client.query(text, [...parameters]);
    } catch (error) {
      if (!isPassing(error)) throw error;
      isBroken = true;
      const unavailable = new UnavailableError({
        reason: `the database broke off: ${messageOf(error)}`,
        cause: error,
      });
      if (!hasState(error)) lost = unavailable;
      throw unavailable;
    }
  };
  const available = { query, release: () => client.release(isBroken) } as unknown as PostgresPoolClient;
  wrapped.set(client, available);
  return available;
}

function isPassing(error: unknown): boolean {
  return error instanceof Error && (!hasState(error) || passing.test(String(error.code)));
}

/** It answers, and lets nobody in by this user, password or name of a database. */
export function isRefusedLogin(error: unknown): boolean {
  return hasState(error) && /^(?:28|3D)/.test(String(error.code));
}

/** Without a SQLSTATE, the error is the connection's own: it broke, was refused, or never brought an answer. */
function hasState(error: unknown): error is Error & { readonly code: unknown } {
  return error instanceof Error && 'code' in error && /^[\dA-Z]{5}$/.test(String(error.code));
}

/** Where a name has several addresses, each has an error, and all of them together have no message. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join(', ');
  return error instanceof Error ? error.message : 'unknown error';
}
