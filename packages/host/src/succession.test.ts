import type { Pipeline } from '@agentflow/core';
import { expect, test } from 'vitest';
import { createSuccession } from './succession.js';

const pipelineThat = (answers: string): Pipeline => {
  return async () => ({ status: 200, headers: {}, body: answers });
};

test('whoever holds a snapshot keeps it; whoever comes later gets its successor', async () => {
  const [first, second] = [pipelineThat('one'), pipelineThat('two')];
  const succession = createSuccession({ pipeline: first });
  const held = succession.hold();
  const ended = succession.succeed({ pipeline: second });
  expect([held.pipeline, succession.hold().pipeline]).toEqual([first, second]);
  held.release();
  await ended;
});

test('a former snapshot ends with its last request, and with no other', async () => {
  const told: string[] = [];
  const succession = createSuccession({ pipeline: pipelineThat('one') });
  const [first, second] = [succession.hold(), succession.hold()];
  void succession.succeed({ pipeline: pipelineThat('two') }).then(() => told.push('one'));
  const later = succession.hold();
  void succession.succeed({ pipeline: pipelineThat('three') }).then(() => told.push('two'));
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
  const succession = createSuccession({ pipeline: pipelineThat('one') });
  succession.hold().release();
  await succession.succeed({ pipeline: pipelineThat('two') });
});
