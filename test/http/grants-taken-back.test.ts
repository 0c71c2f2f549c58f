import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { describeOnDatabases } from '../harness/databases.js';
import { say } from '../harness/requests.js';
import { type Sharing, serveSharing } from '../harness/sharing.js';

/* What is taken back is gone at once, for every process; also for whoever waits for the thread, and for the run that goes on there. */

describeOnDatabases((createDatabase) => {
  const sharing = serveSharing(createDatabase);
  const { client, start, share } = sharing;
  const alice = client('alice');

  test.each([
    ['a user', { user: 'bob' }],
    ['a role of the credential', { role: 'support' }],
  ])('given to %s and taken back in a tight loop, no process ever answers by what was before', async (_who, to) => {
    const { id } = await start(alice);
    const bobs = [client('bob', { roles: ['support'] }, 0), client('bob', { roles: ['support'] }, 1)];
    for (let round = 0; round < 20; round += 1) {
      const { at, takeBack } = await share(alice, id, { ...to, access: 'read' });
      const given = await Promise.all(bobs.map((bob) => bob(at)));
      expect(given.map(({ status }) => status)).toEqual([200, 200]);
      await takeBack();
      const taken = await Promise.all(
        bobs.flatMap((bob) => [bob(at), bob(`${at}/messages`), bob('/v1/threads?shared=true')]),
      );
      expect(taken.map(({ status }) => status)).toEqual([404, 404, 200, 404, 404, 200]);
      expect(taken.filter(({ status }) => status === 200).every(({ text }) => !text.includes(id))).toBe(true);
    }
  });

  test('whoever waits for the thread is asked again when its turn comes', async () => {
    const { id, at } = await start(alice);
    const { file, release } = gate(sharing);
    const [bob, carol] = [client('bob', {}, 1), client('carol', {}, 1)];
    const { uuid, takeBack } = await share(alice, id, { user: 'bob', access: 'write' });
    const toCarol = await share(alice, id, { user: 'carol', access: 'write' });
    const toDave = await share(alice, id, { user: 'dave', access: 'write' });
    const first = alice('/v1/graph/invoke', say(`wait for ${file}`, id));
    await untilRunning(alice, id);
    const waiting = [
      bob('/v1/graph/invoke', say('too late', uuid)),
      bob(`/v1/threads/${uuid}/messages`, { messages: [{ role: 'user', content: 'too late' }] }),
      client('dave')('/v1/graph/invoke', say('too late', toDave.uuid)),
      carol('/v1/graph/invoke', say('in time', toCarol.uuid)),
    ];
    // Whoever may only read does not wait.
    const toErin = await share(alice, id, { user: 'erin', access: 'read' });
    expect((await client('erin', {}, 1)('/v1/graph/invoke', say('too late', toErin.uuid))).status).toBe(403);
    // They may have come before, or come only now: the answers are the same, and the first is what is meant.
    await sleep(500);
    await takeBack();
    await share(alice, id, { user: 'dave', access: 'read' });
    release();
    const statuses = (await Promise.all(waiting)).map(({ status }) => status);
    expect(statuses).toEqual([404, 404, 403, 200]);
    expect((await first).status).toBe(200);
    const { text } = await alice(`${at}/messages`);
    expect([text.includes('too late'), text.includes('in time')]).toEqual([false, true]);
    // Nor have the words become a thread of his own.
    expect((await bob('/v1/threads')).text).not.toContain(uuid);
  });

  test.each([
    ['taken back', { user: 'bob' }, undefined, 404],
    ['write no more', { user: 'bob' }, 'read', 403],
    ['gone for a role', { role: 'support' }, undefined, 404],
  ] as const)('a run that goes on loses the thread when it is %s', async (_how, to, left, status) => {
    const { id, at } = await start(alice);
    const { file, release } = gate(sharing);
    const bob = client('bob', { roles: ['support'] }, 1);
    const { uuid, takeBack } = await share(alice, id, { ...to, access: 'write' });
    const kept = await share(alice, id, { user: 'carol', access: 'write' });
    const running = bob('/v1/graph/invoke', say(`wait for ${file}`, uuid));
    await untilRunning(bob, uuid);
    await (left === undefined ? takeBack() : share(alice, id, { ...to, access: left }));
    expect((await running).status).toBe(status);
    // What his run still does, deaf to every signal, is written nowhere; the thread is free for others.
    expect((await client('carol')('/v1/graph/invoke', say('after him', kept.uuid))).status).toBe(200);
    // Not even under the hold of another run in the same process.
    const another = gate(sharing);
    const carol = client('carol', {}, 1);
    const later = carol('/v1/graph/invoke', say(`wait for ${another.file}`, kept.uuid));
    await untilRunning(carol, kept.uuid);
    release();
    await sleep(500);
    const { text } = await alice(`${at}/messages`);
    another.release();
    expect((await later).status).toBe(200);
    expect([text.includes('after him'), text.includes(`\\"asked\\":\\"wait for`)]).toEqual([true, false]);
    expect((await bob(`/v1/runs?thread_id=${uuid}`)).body.runs).toMatchObject([{ status: 'error' }]);
  });

  test('a run that goes on keeps the thread while it is shared, whatever else is taken back', async () => {
    const { id, at } = await start(alice);
    const { file, release } = gate(sharing);
    const bob = client('bob', { roles: ['support'] }, 1);
    const one = await share(alice, id, { user: 'bob', access: 'write' });
    await share(alice, id, { role: 'support', access: 'write' });
    const running = bob('/v1/graph/invoke', say(`wait for ${file}`, one.uuid));
    await untilRunning(bob, one.uuid);
    await one.takeBack();
    // For longer than it takes to look again.
    await sleep(2_500);
    release();
    expect((await running).status).toBe(200);
    expect((await alice(`${at}/messages`)).text).toContain('asked');
  });
});

let gates = 0;

/** A run that waits for the file ends when it is released. */
function gate({ directory }: Sharing): { readonly file: string; readonly release: () => void } {
  gates += 1;
  const file = join(directory, `gate-${gates}`);
  return { file, release: () => writeFileSync(file, '') };
}

async function untilRunning(call: ReturnType<Sharing['client']>, id: string): Promise<void> {
  const running = async () => (await call(`/v1/runs?status=running&thread_id=${id}`)).body.runs.length;
  await expect.poll(running, { timeout: 10_000 }).toBe(1);
}
