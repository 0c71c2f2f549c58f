import { type AuditEvent, type KeptDecision, systemClock } from '@agentflow/core';
import { expect, onTestFinished, test } from 'vitest';
import { describeOnDatabases } from '../../../../test/harness/databases.js';

const alice = { tenant: 'default', realm: 'local', subject: 'alice', roles: ['editor'] };

const bot = { realm: 'local', subject: 'bot', roles: ['user'] };

const event = (requestId: string, more: Partial<AuditEvent> = {}): AuditEvent => ({
  ...{ time: '2026-11-21T10:00:00.000Z', requestId, event: 'request', route: 'invokeGraph', method: 'POST' },
  ...{ path: '/', address: '192.0.2.1', principal: alice, authenticatedBy: 'jwt', resource: 'graph', action: 'invoke' },
  ...{ resourceId: null, outcome: 'allowed', status: 200, code: null, reason: requestId, policyId: 'policy.csv:1' },
  ...{ actors: [], detail: null, durationMilliseconds: 1 },
  ...more,
});

const kept = (one: AuditEvent, count = 1) => ({ event: one, count, refusalKey: null });

async function all(decisions: AsyncIterable<KeptDecision>): Promise<readonly KeptDecision[]> {
  const found: KeptDecision[] = [];
  for await (const one of decisions) found.push(one);
  return found;
}

describeOnDatabases((createDatabase) => {
  async function open() {
    const database = await createDatabase();
    const stores = await database.open(systemClock);
    onTestFinished(async () => {
      await stores.close();
      await database.remove();
    });
    return { audit: stores.audit, database };
  }
  const since = Date.parse('2026-11-20T00:00:00Z');

  test('decisions are read in parts, each once and in order', async () => {
    const { audit } = await open();
    const ids = Array.from({ length: 4_100 }, (_, index) => `r${index}`);
    for (let start = 0; start < ids.length; start += 500) {
      await audit.append(ids.slice(start, start + 500).map((id) => kept(event(id))));
    }
    const found = await all(audit.decisions({ since, events: ['request'] }));
    expect(found.map(({ reason }) => reason)).toEqual(ids);
    // As many as one part holds, and not one more.
    const few = await all(audit.decisions({ since, events: ['stream-opened'] }));
    expect(few).toEqual([]);
  });

  test('those of the time and the kind that is asked for, about somebody and a permission', async () => {
    const { audit, database } = await open();
    await audit.append([
      kept(event('old', { time: '2026-11-19T23:59:59.999Z' })),
      kept(event('first', { time: '2026-11-20T00:00:00.000Z', resourceId: 'thread' })),
      kept(event('closed', { event: 'stream-closed' })),
      kept(event('nobody', { principal: null })),
      kept(event('nothing', { resource: null, action: null })),
      kept(event('through', { actors: [bot, { ...bot, subject: 'before' }] })),
      kept(event('use', { event: 'use-refused', resource: 'tool', action: 'use', detail: { a: [1] } }), 3),
    ]);
    await audit.append([kept(event('by an older version'))]);
    await database.execute("update audit_events set roles = null where request_id = 'by an older version'");
    const found = await all(audit.decisions({ since, events: ['request', 'use-refused'] }));
    expect(found).toEqual([
      {
        ...{ event: 'request', route: 'invokeGraph', ...alice, actor: null, resource: 'graph' },
        ...{
          action: 'invoke',
          resourceId: 'thread',
          code: null,
          reason: 'first',
          policyId: 'policy.csv:1',
          detail: null,
          count: 1,
        },
      },
      expect.objectContaining({ reason: 'through', actor: bot }),
      expect.objectContaining({ event: 'use-refused', resource: 'tool', detail: { a: [1] }, count: 3 }),
      expect.objectContaining({ reason: 'by an older version', roles: null }),
    ]);
  });
});
