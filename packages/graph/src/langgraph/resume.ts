import type { JsonValue } from '@agentflow/protocol';
import type { Snapshot } from './compiled-graph.js';

/**
 * What an interrupted thread goes on with. Before or after a node that was named as a place to stop, it is LangGraph's
 * `null`: go on. For an `interrupt()` it is a command, known by its shape in any copy of the library, with the value under the
 * interrupt's own id: LangGraph would take a bare `false` or `0` for no answer, and a value of ours for a map of its own.
 */
export function resumeInput(snapshot: Snapshot | null, value: JsonValue): unknown {
  const [interrupt] = snapshot?.tasks.flatMap(({ interrupts }) => interrupts) ?? [];
  if (interrupt === undefined) return null;
  const resume = interrupt.id === undefined ? value : { [interrupt.id]: value };
  return { lg_name: 'Command', resume };
}
