import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeOnDatabases } from '../harness/databases.js';
import { root } from '../harness/project.js';
import { type Answer, lastText, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';
import { png, upload } from '../harness/uploads.js';

/* A message refers to a file by its id: the speaker's own, which they may read, or the message says nothing. */

const readsFiles = `${join(root, 'test/graphs/reads-files.ts')}:app`;
const plain = `${join(root, 'test/graphs/plain-blocks.ts')}:app`;

const image = (id: string) => ({ type: 'image', media: { kind: 'file_id', file_id: id } });
const document = (id: string) => ({ type: 'document', media: { kind: 'file_id', file_id: id } });
const saying = (content: readonly object[], thread: string) => ({
  messages: [{ role: 'user', content }],
  config: { thread_id: thread },
});
const answered = (answer: Answer) => {
  expect(answer.status).toBe(200);
  return JSON.parse(lastText(answer));
};

describeOnDatabases((database) => {
  const server = serve({ agent: readsFiles, auth: 'jwt' }, { database });
  const caller = (subject: string, claims?: object) => {
    const token = server.tokenFor(subject, claims);
    return {
      call: (path: string, body?: object | string, method?: string) =>
        send(`${server.url}${path}`, { token, ...(body && { body }), ...(method && { method }) }),
      keep: async (bytes: Uint8Array | string, name = 'a.png'): Promise<string> =>
        (await upload(server.url, token, { name, bytes })).body.data.file_id,
    };
  };
  const [alice, bob] = [caller('alice'), caller('bob')];

  test('a picture reaches the graph as an address, which only its owner can open there', async () => {
    const id = await alice.keep(png());
    const said = answered(await alice.call('/v1/graph/invoke', saying([image(id)], 'picture')));
    const url = `agentflow://media/${id}`;
    expect(said.given).toEqual([{ type: 'image_url', image_url: { url } }]);
    const bytes = png().toString('base64');
    expect(said.found).toEqual([{ fileId: id, filename: 'a.png', mimeType: 'image/png', bytes }]);
    const { body } = await alice.call('/v1/threads/picture/messages');
    expect(body.data.messages[0].content[0]).toMatchObject({ type: 'image', media: { kind: 'url', url } });

    // What is sent back as it was read, in a later round or by a later client, is the same file.
    const again = { type: 'image', media: { kind: 'url', url: `graph://media/${id}` } };
    expect(answered(await alice.call('/v1/graph/invoke', saying([again], 'picture'))).found).toHaveLength(2);
  });

  test('a document that is a text reaches the graph as that text', async () => {
    const id = await alice.keep('# What it says', 'notes.md');
    const said = answered(await alice.call('/v1/graph/invoke', saying([document(id)], 'text')));
    expect(said.given).toBe('# What it says');
    const long = await alice.keep('long '.repeat(30_000), 'long.txt');
    const { given } = answered(await alice.call('/v1/graph/invoke', saying([document(long)], 'long')));
    expect(given).toEqual([{ type: 'file', mimeType: 'text/plain', url: `agentflow://media/${long}` }]);
  });

  describe("what is not the caller's own", () => {
    const refers: readonly (readonly [string, (id: string) => object])[] = [
      ['by its id', image],
      ['as a document', document],
      ['by its address', (id) => ({ type: 'image', media: { kind: 'url', url: `agentflow://media/${id}` } })],
      ['by its later address', (id) => ({ type: 'audio', media: { kind: 'url', url: `graph://media/${id}` } })],
      [
        'in a block of data',
        (id) => ({ type: 'data', mime_type: 'image/png', media: { kind: 'file_id', file_id: id } }),
      ],
    ];
    const ways: readonly (readonly [string, string, (block: object, thread: string) => object])[] = [
      ['invoke', '/v1/graph/invoke', (block, thread) => saying([block], thread)],
      ['stream', '/v1/graph/stream', (block, thread) => saying([block], thread)],
      [
        'the state of a run',
        '/v1/graph/invoke',
        (block, thread) => ({
          ...saying([{ type: 'text', text: 'Hello' }], thread),
          initial_state: { context: [{ role: 'user', content: [block] }] },
        }),
      ],
      ['messages', '/v1/threads/{}/messages', (block) => ({ messages: [{ role: 'user', content: [block] }] })],
    ];
    const cases = refers.flatMap(([how, refer]) => ways.map(([way, ...rest]) => [how, way, refer, ...rest] as const));

    test.each(cases)(
      '%s, in %s, is 404 like an unused id, and leaves no trace',
      async (how, way, refer, path, write) => {
        const hers = await alice.keep('only for alice', 'a.txt');
        const thread = `refused ${how} ${way}`.replaceAll(' ', '-');
        const at = path.replace('{}', thread);
        const texts: string[] = [];
        for (const id of [hers, 'e'.repeat(32), 'no id at all', '../../etc/passwd']) {
          const { status, body, text } = await bob.call(at, write(refer(id), thread));
          expect([status, body.message]).toEqual([404, 'There is no such file.']);
          texts.push(text.replace(/[\da-f-]{36}/g, '<uuid>').replace(/"timestamp":"[^"]+"/g, ''));
        }
        expect(new Set(texts).size).toBe(1);
        expect((await bob.call(`/v1/threads/${thread}`)).status).toBe(404);
        expect((await bob.call('/v1/runs')).body.runs).not.toContainEqual(
          expect.objectContaining({ thread_id: thread }),
        );
        expect((await alice.call(at, write(refer(hers), thread))).status).toBe(200);
      },
    );

    test('in an update of a state', async () => {
      const hers = await alice.keep('only for alice', 'a.txt');
      expect((await bob.call('/v1/graph/invoke', saying([{ type: 'text', text: 'Hello' }], 'update'))).status).toBe(
        200,
      );
      const before = await bob.call('/v1/threads/update/state');
      const state = { context: [{ role: 'user', content: [image(hers)] }] };
      expect((await bob.call('/v1/threads/update/state', { state }, 'PUT')).status).toBe(404);
      expect((await bob.call('/v1/threads/update/state')).body.data).toEqual(before.body.data);
    });

    test("in a thread that is shared: the speaker's own counts, the other's does not", async () => {
      const [hers, his] = [await alice.keep(png()), await bob.keep(png(), 'b.png')];
      expect(answered(await alice.call('/v1/graph/invoke', saying([image(hers)], 'together'))).found).toHaveLength(1);
      const grant = await alice.call('/v1/threads/together/grants', { user: 'bob', access: 'write' });
      const { uuid } = grant.body;
      expect((await bob.call('/v1/graph/invoke', saying([image(hers)], uuid))).status).toBe(404);
      const said = answered(await bob.call('/v1/graph/invoke', saying([image(his)], uuid)));
      // What Alice has put there before he sees as an address that opens nothing for him.
      expect(said.found).toEqual([null, expect.objectContaining({ fileId: his })]);
      expect((await bob.call(`/v1/files/${hers}`)).status).toBe(404);
    });

    test('under the same name in another realm, or by somebody who acts for another', async () => {
      const hers = await alice.keep(png());
      const actor = caller('alice', { act: { sub: 'bot' } });
      const own = await actor.keep(png(), 'by-the-bot.png');
      expect((await alice.call(`/v1/files/${own}`)).status).toBe(200);
      expect(answered(await actor.call('/v1/graph/invoke', saying([image(hers)], 'acted'))).found).toHaveLength(1);
      expect((await caller('bot').call(`/v1/files/${own}`)).status).toBe(404);
    });
  });

  test('without files:read it is 403, whether there is such a file or not', async () => {
    const hers = await alice.keep(png());
    const narrow = caller('alice', { scope: 'graph:invoke' });
    for (const id of [hers, 'e'.repeat(32)]) {
      const { status, body } = await narrow.call('/v1/graph/invoke', saying([image(id)], 'narrow'));
      expect([status, body.message]).toEqual([403, 'Forbidden: this needs the permission files:read.']);
    }
    expect((await alice.call('/v1/threads/narrow')).status).toBe(404);
    const wide = caller('alice', { scope: 'graph:invoke files:read' });
    expect((await wide.call('/v1/graph/invoke', saying([image(hers)], 'narrow'))).status).toBe(200);
  });

  test('a file that is deleted is gone from the threads that name it', async () => {
    const id = await alice.keep(png());
    expect(answered(await alice.call('/v1/graph/invoke', saying([image(id)], 'gone'))).found).toHaveLength(1);
    expect((await alice.call(`/v1/files/${id}`, undefined, 'DELETE')).status).toBe(200);
    const later = await alice.call('/v1/graph/invoke', saying([{ type: 'text', text: 'And now?' }], 'gone'));
    expect(answered(later).found).toEqual([null]);
    expect((await alice.call('/v1/graph/invoke', saying([image(id)], 'gone'))).status).toBe(404);
  });

  test('more than a hundred files in one request are 422', async () => {
    const ids = Array.from({ length: 101 }, (_, index) => index.toString(16).padStart(32, 'a'));
    const many = await alice.call('/v1/graph/invoke', saying(ids.map(image), 'many'));
    expect([many.status, many.body.message]).toEqual([422, 'body.messages: must refer to at most 100 files']);
    expect((await alice.call('/v1/threads/many')).status).toBe(404);
  });
});

describe('a graph that is no LangGraph', () => {
  const server = serve({ agent: plain, auth: 'jwt' });

  test('is given the same address, and opens it the same way', async () => {
    const token = server.tokenFor('alice');
    const { body } = await upload(server.url, token, { name: 'a.png', bytes: png() });
    const id = body.data.file_id;
    const said = answered(await send(`${server.url}/v1/graph/invoke`, { token, body: saying([image(id)], 'plain') }));
    const media = {
      kind: 'url',
      url: `agentflow://media/${id}`,
      file_id: id,
      mime_type: 'image/png',
      filename: 'a.png',
    };
    expect(said).toEqual({ given: [{ type: 'image', media }], size: png().length });
  });
});
