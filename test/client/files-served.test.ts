import { randomUUID } from 'node:crypto';
import { AgentFlowClient, Message } from '@agentflow/client';
import { expect, test } from 'vitest';
import { describeOnDatabases } from '../harness/databases.js';
import { exampleGraph } from '../harness/project.js';
import { serve } from '../harness/served.js';

/* Files and what is known of runs, against a started server. */

describeOnDatabases((database) => {
  const server = serve({ agent: exampleGraph, auth: 'jwt' }, { database });
  const clientOf = (subject: string) =>
    new AgentFlowClient({ baseUrl: server.url, authToken: server.tokenFor(subject) });
  const notes = new Blob(['some nötes'], { type: 'text/plain' });

  test('a file is uploaded, read, referred to, opened by a link and deleted', async () => {
    const client = clientOf('alice');
    const { data: uploaded } = await client.uploadFile({ data: notes, filename: 'notes.txt' });
    expect(uploaded).toMatchObject({ mime_type: 'text/plain', filename: 'notes.txt', size_bytes: 11 });
    const id = uploaded.file_id;
    expect(await (await client.getFile(id)).text()).toBe('some nötes');
    expect((await client.getFileInfo(id)).data).toMatchObject({ file_id: id, extracted_text: 'some nötes' });
    const { data: access } = await client.getFileAccessUrl(id);
    expect(await (await fetch(client.addressOf(access.url))).text()).toBe('some nötes');
    const said = await client.invoke([Message.withFile('Sum this up', id, uploaded.mime_type)]);
    expect(said.meta.status).toBe('completed');
    expect((await client.getMultimodalConfig()).data.media_max_size_mb).toBeGreaterThan(0);
    expect(await client.deleteFile(id)).toEqual({ file_id: id, deleted: true });
    await expect(client.getFile(id)).rejects.toMatchObject({ name: 'NotFoundError' });
  });

  test('each form of a file has its name', async () => {
    const client = clientOf('alice');
    const names = [{ data: notes, filename: 'a.txt' }, new File([notes], 'b.txt'), notes].map(async (file) => {
      return (await client.uploadFile(file)).data.filename;
    });
    expect(await Promise.all(names)).toEqual(['a.txt', 'b.txt', 'upload']);
  });

  test("another's file is not there, nor one that never was", async () => {
    const { data } = await clientOf('alice').uploadFile(notes);
    const bob = clientOf('bob');
    for (const ask of [
      () => bob.getFile(data.file_id),
      () => bob.getFileInfo(data.file_id),
      () => bob.getFileAccessUrl(data.file_id),
    ]) {
      await expect(ask()).rejects.toMatchObject({ name: 'NotFoundError', status: 404 });
    }
    await expect(bob.invoke([Message.withFile('Sum this up', data.file_id)])).rejects.toMatchObject({ status: 404 });
    await expect(bob.getFile(randomUUID().replaceAll('-', ''))).rejects.toMatchObject({ name: 'NotFoundError' });
    await expect(bob.getFile('nonsense')).rejects.toMatchObject({ name: 'ValidationError', status: 422 });
  });

  test('what is refused has its class', async () => {
    const client = clientOf('alice');
    const page = new Blob(['<!doctype html><script>alert(1)</script>'], { type: 'text/html' });
    await expect(client.uploadFile({ data: page, filename: 'page.html' })).rejects.toMatchObject({
      ...{ name: 'UnsupportedMediaTypeError', status: 415 },
    });
    await expect(client.uploadFile(new Blob([]))).rejects.toMatchObject({ name: 'BadRequestError', status: 400 });
  });

  test('observability tells of the runs of a thread', async () => {
    const client = clientOf('alice');
    const { meta } = await client.invoke([Message.text_message('Who am I?')], { config: { thread_id: 'seen' } });
    expect((await client.observability('seen')).data).toMatchObject({
      ...{ thread_id: 'seen', run_count: 1, run_ids: [meta.run_id], run: { run_id: meta.run_id, status: 'completed' } },
    });
    expect((await client.observability('seen', meta.run_id)).data.run?.run_id).toBe(meta.run_id);
    await expect(clientOf('bob').observability('seen')).rejects.toMatchObject({ name: 'NotFoundError' });
  });
});
