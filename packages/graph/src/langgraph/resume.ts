import type { Resumption } from '@agentflow/core';

/**
 * What an interrupted thread goes on with. Before or after a node that was named as a place to stop, it is LangGraph's
 * `null`: go on. For an `interrupt()` it is a command, known by its shape in any copy of the library, with the value under the
 * interrupt's own id: LangGraph would take a bare `false` or `0` for no answer, and a value of ours for a map of its own.
 */
export function resumeInput({ answers }: Resumption): unknown {
  const [first] = answers;
  if (first === undefined) return null;
  if (first.questionId === null) return { lg_name: 'Command', resume: first.value };
  const resume = Object.fromEntries(answers.map(({ questionId, value }) => [questionId, value]));
  return { lg_name: 'Command', resume };
}
