import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeOnDatabases } from '../harness/databases.js';
import { root } from '../harness/project.js';
import { type Answer, say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

/* What a graph asks with `interrupt()`, who may answer it, and with what. */

const graph = (name: string) => join(root, 'test/graphs', name);
const isUuid = expect.stringMatching(/^[\da-f-]{36}$/);

interface Asked {
  readonly id: string;
  readonly value: { readonly from: string };
}

const askedBy = ({ body }: Answer): readonly Asked[] => body.data.meta.interrupts;
const namesOf = (answer: Answer) => askedBy(answer).map(({ value }) => value.from);
const textsOf = ({ body }: Answer): readonly string[] =>
  body.data.messages.map((message: { content: { text: string }[] }) => message.content[0]?.text);

describeOnDatabases((createDatabase) => {
  describe('several questions at once', () => {
    const server = serve({ agent: `${graph('asks-many.ts')}:app`, auth: 'jwt' }, { database: createDatabase });
    const call = (body: object, route = 'invoke') =>
      send(`${server.url}/v1/graph/${route}`, { token: server.tokenFor('alice'), body });
    const resume = (threadId: string, value: unknown) => call({ resume: value, config: { thread_id: threadId } });

    test('all are told; each answer answers the first that waits, and the others are told again', async () => {
      const first = await call(say('go', 'one by one'));
      expect(first.body.data.meta).toMatchObject({ status: 'interrupted', interrupt: askedBy(first)[0]?.value });
      expect(namesOf(first).toSorted()).toEqual(['left', 'right']);
      const [one, other] = namesOf(first);
      const second = await resume('one by one', false);
      expect(second.body.data.meta).toMatchObject({ status: 'interrupted', interrupt: { from: other } });
      expect(namesOf(second)).toEqual([other]);
      const third = await resume('one by one', 0);
      expect(namesOf(third)).toEqual(['first']);
      expect(namesOf(await resume('one by one', null))).toEqual(['second']);
      const last = await resume('one by one', '');
      expect(last.body.data.meta).toMatchObject({ status: 'completed', interrupt: null, interrupts: [] });
      const said = await send(`${server.url}/v1/threads/one by one/messages`, { token: server.tokenFor('alice') });
      expect(textsOf(said).toSorted()).toEqual(['go', `${one}: false`, `${other}: 0`, 'twice: [null,""]'].toSorted());
    });

    test('by their ids all are answered at once, also with what looks like nothing', async () => {
      const asked = askedBy(await call(say('go', 'by id')));
      const values: Readonly<Record<string, unknown>> = { left: false, right: { id: 'x' } };
      const answers = Object.fromEntries(asked.map(({ id, value }) => [id, values[value.from]]));
      expect(namesOf(await resume('by id', answers))).toEqual(['first']);
      await resume('by id', {});
      const last = await resume('by id', []);
      expect(textsOf(last).at(-1)).toBe('twice: [{},[]]');
      const said = await send(`${server.url}/v1/threads/by id/messages`, { token: server.tokenFor('alice') });
      expect(textsOf(said)).toEqual(expect.arrayContaining(['left: false', 'right: {"id":"x"}']));
    });

    test('an object with an id among its names, and another name, is one answer', async () => {
      const [asked] = askedBy(await call(say('go', 'mixed')));
      const value = { [asked?.id ?? '']: 1, other: 2 };
      expect(askedBy(await resume('mixed', value))).toHaveLength(1);
      const said = await send(`${server.url}/v1/threads/mixed/state`, { token: server.tokenFor('alice') });
      expect(said.body.data.state.execution_meta.status).toBe('interrupted_before');
    });

    test('a stream tells them in its last chunk', async () => {
      const lines = (await call(say('go', 'streamed'), 'stream')).text.trim().split('\n');
      const { data, event } = JSON.parse(lines.at(-1) ?? '');
      expect(event).toBe('updates');
      expect(data).toMatchObject({ status: 'graph_invoked', reason: 'interrupted', is_interrupted: true });
      expect(data.interrupts).toHaveLength(2);
      expect(data.interrupt).toEqual(data.interrupts[0].value);
      const answers = Object.fromEntries(data.interrupts.map(({ id, value }: Asked) => [id, value.from]));
      const next = await call({ resume: answers, config: { thread_id: 'streamed' } }, 'stream');
      const chunks = next.text.trim().split('\n');
      expect(JSON.parse(chunks.at(-1) ?? '').data.interrupt).toEqual({ from: 'first' });
    });

    test('who speaks instead lets go of what was asked', async () => {
      await call(say('go', 'anew'));
      const [left] = askedBy(await resume('anew', 1));
      const anew = await call(say('again', 'anew'));
      expect(namesOf(anew).toSorted()).toEqual(['left', 'right']);
      expect(askedBy(anew).map(({ id }) => id)).not.toContain(left?.id);
    });
  });

  describe('several questions of a graph within a graph', () => {
    const server = serve({ agent: `${graph('asks-many.ts')}:nested`, auth: 'jwt' }, { database: createDatabase });
    const call = (body: object) => send(`${server.url}/v1/graph/invoke`, { token: server.tokenFor('alice'), body });

    // LangGraph tells of one at a time there.
    test('each is asked and answered once, and nothing that was told is told again', async () => {
      let answer = await call(say('go', 'inner'));
      const asked: string[] = [];
      const told: string[] = [];
      while (answer.body.data.meta.status === 'interrupted') {
        expect(askedBy(answer)).toHaveLength(1);
        const [{ id, value } = { id: '', value: { from: '' } }] = askedBy(answer);
        asked.push(value.from);
        const resume = asked.length % 2 === 0 ? false : { [id]: 0 };
        answer = await call({ resume, config: { thread_id: 'inner' } });
        expect(answer.status).toBe(200);
        told.push(...textsOf(answer).slice(1));
      }
      expect(asked.slice(0, 2).toSorted()).toEqual(['left', 'right']);
      expect(asked.slice(2)).toEqual(['first', 'second']);
      expect(told.toSorted()).toEqual([`${asked[0]}: 0`, `${asked[1]}: false`, 'twice: [0,false]'].toSorted());
    });
  });

  describe('a place to stop', () => {
    const server = serve({ agent: `${graph('asks-many.ts')}:stops`, auth: 'jwt' }, { database: createDatabase });
    const call = (body: object) => send(`${server.url}/v1/graph/invoke`, { token: server.tokenFor('alice'), body });

    test('asks nothing, and any answer goes on', async () => {
      const stopped = await call(say('go', 'stop'));
      expect(stopped.body.data.meta).toMatchObject({ status: 'interrupted', interrupt: null, interrupts: [] });
      const next = await call({ resume: null, config: { thread_id: 'stop' } });
      expect([textsOf(next), namesOf(next)]).toEqual([['go', 'went on'], ['beside']]);
      expect(textsOf(await call({ resume: 1, config: { thread_id: 'stop' } }))).toEqual(['go', 'beside: 1']);
    });

    test('a thread of which a node has failed waits for nothing', async () => {
      await call(say('fail', 'broken'));
      expect((await call({ resume: 1, config: { thread_id: 'broken' } })).status).toBe(500);
      expect((await call({ resume: 1, config: { thread_id: 'broken' } })).status).toBe(409);
      expect((await call(say('go', 'broken'))).body.data.meta.status).toBe('interrupted');
    });
  });

  describe('who answers', () => {
    const server = serve({ agent: `${graph('asks.ts')}:app`, auth: 'jwt' }, { database: createDatabase });
    const callAs = (subject: string) => (path: string, body?: object) =>
      send(`${server.url}${path}`, { token: server.tokenFor(subject), ...(body && { body }) });
    const [alice, bob] = [callAs('alice'), callAs('bob')];
    const resume = (threadId: string, value: unknown = 'yes') => ({ resume: value, config: { thread_id: threadId } });
    const share = async (threadId: string, access: string) => {
      await alice('/v1/graph/invoke', say('bake', threadId));
      const { status, body } = await alice(`/v1/threads/${threadId}/grants`, { user: 'bob', access });
      expect([status, body.uuid]).toEqual([200, isUuid]);
      return body.uuid as string;
    };

    test('of two at once one is heard, and the other told that nothing waits any more', async () => {
      for (const threadId of ['race-1', 'race-2', 'race-3']) {
        await alice('/v1/graph/invoke', say('bake', threadId));
        const both = await Promise.all([1, 2].map((value) => alice('/v1/graph/invoke', resume(threadId, value))));
        expect(both.map(({ status }) => String(status)).toSorted()).toEqual(['200', '409']);
        const won = both.findIndex(({ status }) => status === 200) + 1;
        const { body } = await alice(`/v1/threads/${threadId}/messages`);
        expect(body.data.messages.at(-1).content[0].text).toBe(`decided: ${won}`);
      }
    });

    test('whoever else asks finds no such thread, by its name or by its uuid, and starts none', async () => {
      const uuid = await share('private', 'read');
      const carol = callAs('carol');
      for (const id of ['private', uuid]) {
        expect((await carol('/v1/graph/invoke', resume(id))).status).toBe(404);
        expect((await carol('/v1/graph/stream', resume(id))).status).toBe(404);
      }
      expect((await carol('/v1/threads')).body.data.threads).toEqual([]);
      expect((await alice('/v1/graph/invoke', resume('private'))).status).toBe(200);
    });

    test('with whom it is shared to read does not, and with whom to write does', async () => {
      const read = await share('to read', 'read');
      const refused = await bob('/v1/graph/invoke', resume(read));
      expect([refused.status, refused.body.message]).toEqual([403, expect.stringContaining('checkpointer:write')]);
      const write = await share('to write', 'write');
      const answered = await bob('/v1/graph/invoke', resume(write, 'by bob'));
      expect([answered.status, textsOf(answered).at(-1)]).toEqual([200, 'decided: "by bob"']);
      expect((await alice('/v1/graph/invoke', resume('to write'))).status).toBe(409);
      expect((await alice('/v1/graph/invoke', resume('to read'))).status).toBe(200);
    });
  });
});
