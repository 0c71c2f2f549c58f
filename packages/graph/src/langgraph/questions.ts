import type { Question } from '@agentflow/core';
import type { CheckpointTuple } from '@langchain/langgraph-checkpoint';
import type { Snapshot } from './compiled-graph.js';
import { toQuestion } from './remote-question.js';

/** Where LangGraph writes what a task asks. */
export const interruptChannel = '__interrupt__';

/** What it writes for a task that waits: the question, and the answers to earlier ones. */
const ofWaiting: ReadonlySet<string> = new Set([interruptChannel, '__resume__']);

/**
 * A snapshot without the questions of tasks that have gone on since: LangGraph keeps those for as long as another task of the same
 * step waits.
 */
export function withoutAnswered(snapshot: Snapshot, saved: CheckpointTuple | undefined): Snapshot {
  const done = new Set(
    (saved?.pendingWrites ?? []).filter(([, channel]) => !ofWaiting.has(channel)).map(([taskId]) => taskId),
  );
  const tasks = snapshot.tasks.map((task) => (done.has(task.id) ? { ...task, interrupts: [] } : task));
  return { ...snapshot, tasks };
}

export function hasQuestions({ tasks }: Snapshot): boolean {
  return tasks.some(({ interrupts }) => interrupts.length > 0);
}

/** None where a task beside those that ask has failed: such a thread does not wait, it is broken. */
export function questionsOf({ tasks }: Snapshot): readonly Question[] {
  if (tasks.some(({ error }) => error !== undefined)) return [];
  return tasks.flatMap(({ interrupts }) => interrupts.map(toQuestion));
}
