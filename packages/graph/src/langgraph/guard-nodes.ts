import type { CompiledGraph } from './compiled-graph.js';
import type { GuardedRun } from './guarded-run.js';
import { type Invokable, isInvokable, memberOf, ownerOf, wrapMethod } from './runnable-shape.js';
import { runsOf } from './unasked-tools.js';

/** LangGraph's own, which writes the input into the state. */
const start = '__start__';

/**
 * From now on, nodes of a graph and of all that its copy of LangGraph has compiled ask before they start, in runs that want it.
 * LangGraph makes a runnable of a node for each time that it runs: that one asks.
 * @throws {TypeError} where this version of LangGraph does otherwise: then nothing could be guarded
 */
export function guardNodes(graph: CompiledGraph): void {
  for (const node of Object.values(graph.nodes)) {
    const owner = typeof node === 'object' && node !== null ? ownerOf(node, 'getNode') : undefined;
    if (owner === undefined) throw new TypeError('the nodes of this version of LangGraph.js have no "getNode"');
    wrapMethod(owner, 'getNode', (original) => {
      return function getNode() {
        const runnable = original(this, []);
        return isInvokable(runnable) ? asking(runnable) : runnable;
      };
    });
  }
}

/** The runnable may be the user's own object, used elsewhere too, so it is not changed. */
function asking(runnable: Invokable): object {
  const invoke = async (input: unknown, config?: unknown): Promise<unknown> => {
    const name = memberOf(config, 'runName');
    if (name !== start) for (const run of runsOf(config)) await requireUse(run, name);
    return runnable.invoke(input, config);
  };
  return Object.create(runnable, { invoke: { value: invoke } });
}

/** A refused node ends its run, also where the graph would handle the error and go on. */
async function requireUse(run: GuardedRun, name: unknown): Promise<void> {
  const refusal = await run.refusalOf('node', typeof name === 'string' ? name : '');
  if (refusal === undefined) return;
  if (!run.hasEnded) run.end(refusal);
  throw refusal;
}
