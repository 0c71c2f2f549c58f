import type { Clock, OwnerKey, Run, RunStore } from '@agentflow/core';
import type { RunState } from '@agentflow/protocol';
import { type Kysely, type RawBuilder, type Selectable, sql } from 'kysely';
import type { Database, RunTable } from '../schema.js';
import { isAmong } from './is-among.js';
import { comesAfter, ownedBy } from './owned.js';

/** Of the runs of a thread, as many as are told at once. */
const maxLatest = 1000;

const abandoned = 'the process that ran it ended before the run did';

/** Runs, always within one owner, or one thread. */
export function createRunStore(db: Kysely<Database>, clock: Clock): RunStore {
  /** A running row whose holder has no lease any more has nobody who could end it: then it has failed. */
  const statusNow = (): RawBuilder<RunState> => sql`case when status = 'running' and not exists (
      select 1 from leases where leases.thread_uuid = runs.thread_uuid
        and leases.holder = runs.holder and leases.expires_at > ${clock.now()}
    ) then 'error' else status end`;

  const all = () => db.selectFrom('runs').selectAll().select(statusNow().as('status_now'));
  const owned = (owner: OwnerKey) => all().where(ownedBy(owner));
  const inThread = (threadUuid: string) => all().where('thread_uuid', '=', threadUuid);

  return {
    async start({ runId, owner, threadUuid, threadId, holder }) {
      const { tenant, realm, subject } = owner;
      await db
        .insertInto('runs')
        .values({
          ...{ run_id: runId, tenant, realm, subject, thread_uuid: threadUuid, thread_id: threadId, holder },
          ...{ status: 'running', reason: null, started_at: clock.now(), ended_at: null },
        })
        .execute();
    },

    async end(runId, status, reason) {
      await db
        .updateTable('runs')
        .set({ status, reason, ended_at: clock.now() })
        .where('run_id', '=', runId)
        .where('status', '=', 'running')
        .execute();
    },

    async find(owner, runId) {
      const row = await owned(owner).where('run_id', '=', runId).executeTakeFirst();
      return row && toRun(row);
    },

    async ofThread(threadUuid) {
      const { count } = await db
        .selectFrom('runs')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('thread_uuid', '=', threadUuid)
        .executeTakeFirstOrThrow();
      const found = inThread(threadUuid).orderBy('started_at', 'desc').orderBy('run_id', 'desc');
      return { count, latest: (await found.limit(maxLatest).execute()).map(toRun) };
    },

    async findInThread(threadUuid, runId) {
      const row = await inThread(threadUuid).where('run_id', '=', runId).executeTakeFirst();
      return row && toRun(row);
    },

    async list(owner, { threadId, status, offset, limit, after, among }) {
      let found = owned(owner);
      if (threadId !== undefined) found = found.where('thread_id', '=', threadId);
      if (among !== undefined) found = found.where(isAmong('run_id', among));
      if (status !== undefined) found = found.where(statusNow(), '=', status);
      if (after !== undefined) found = found.where(comesAfter('started_at', 'run_id', after));
      const ordered = found.orderBy('started_at', 'desc').orderBy('run_id', 'desc');
      return (await ordered.limit(limit).offset(offset).execute()).map(toRun);
    },
  };
}

function toRun(row: Selectable<RunTable> & { readonly status_now: RunState }): Run {
  return {
    runId: row.run_id,
    threadId: row.thread_id,
    status: row.status_now,
    reason: row.status_now === row.status ? row.reason : abandoned,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  };
}
