import { type Authority, noRevocations, type Pipeline, silentLog } from '@agentflow/core';
import { expect, test } from 'vitest';
import { createSuccession } from './succession.js';

const authority: Authority = {
  authenticate: { backends: [], revocations: noRevocations, log: silentLog },
  authorize: { backends: [], authentication: [], log: silentLog },
};

const snapshotOf = (pipeline: Pipeline) => ({ pipeline, authority });

const pipelineThat = (answers: string): Pipeline => {
  return async () => ({ status: 200, headers: {}, body: answers });
};

test('whoever holds a snapshot keeps it; whoever comes later gets its successor', async () => {
  const [first, second] = [pipelineThat('one'), pipelineThat('two')];
  const succession = createSuccession(snapshotOf(first));
  const held = succession.hold();
  const ended = succession.succeed(snapshotOf(second));
  expect([held.pipeline, succession.hold().pipeline]).toEqual([first, second]);
  held.release();
  await ended;
});

test('a former snapshot ends with its last request, and with no other', async () => {
  const told: string[] = [];
  const succession = createSuccession(snapshotOf(pipelineThat('one')));
  const [first, second] = [succession.hold(), succession.hold()];
  void succession.succeed(snapshotOf(pipelineThat('two'))).then(() => told.push('one'));
  const later = succession.hold();
  void succession.succeed(snapshotOf(pipelineThat('three'))).then(() => told.push('two'));
  // Released twice, it still counts once.
  first.release();
  first.release();
  await Promise.resolve();
  expect(told).toEqual([]);
  later.release();
  await expect.poll(() => told).toEqual(['two']);
  second.release();
  await expect.poll(() => told).toEqual(['two', 'one']);
});

test('a snapshot that nobody holds has ended at once', async () => {
  const succession = createSuccession(snapshotOf(pipelineThat('one')));
  succession.hold().release();
  await succession.succeed(snapshotOf(pipelineThat('two')));
});

test('whoever listens is told of each change, until they listen no more', () => {
  const succession = createSuccession(snapshotOf(pipelineThat('one')));
  let told = 0;
  const stop = succession.onChange(() => {
    told += 1;
  });
  void succession.succeed(snapshotOf(pipelineThat('two')));
  succession.changed();
  stop();
  succession.changed();
  expect(told).toBe(2);
});
