import { ConfigurationError } from '@agentflow/core';
import { invalid } from '../configuration/load-configuration.js';
import { closeFoundation, type Foundation, type GroundOptions, layFoundation, prepareGround } from './foundation.js';
import { readMaxBody } from './max-body.js';
import { createProcessVariables, type ProcessVariables } from './process-variables.js';
import { requireAuthOffLoopback } from './require-auth.js';
import { nothingToUndo, settleInTurn } from './settle-in-turn.js';
import { createSnapshot, discardChoices, makeChoices, type Snapshot } from './snapshot.js';

export type ComposeOptions = GroundOptions;

/** Everything that serving needs, put together. */
export interface Composition {
  readonly foundation: Foundation;
  /** By the configuration that it was composed from. */
  readonly snapshot: Snapshot;
  readonly variables: ProcessVariables;
  /** Of this snapshot and of the foundation. */
  close(): Promise<void>;
}

/**
 * The composition root: reads the configuration's choices into one pipeline.
 * @throws {InvalidConfigurationError} with every fault that can be found without serving
 */
export async function compose(options: ComposeOptions): Promise<Composition> {
  try {
    return await assemble(options);
  } catch (error) {
    if (error instanceof ConfigurationError) throw invalid(options.loaded.source, error.faults);
    throw error;
  }
}

async function assemble(options: ComposeOptions): Promise<Composition> {
  const { loaded, host, insecureNoAuth } = options;
  const { configuration } = loaded;
  requireAuthOffLoopback(configuration, host, insecureNoAuth);
  readMaxBody(loaded.environment);
  const ground = prepareGround(options);
  const variables = createProcessVariables();
  variables.show(loaded.environment);
  try {
    const [graph, choices] = await settleInTurn(
      [() => loadGraph(ground, configuration.agent), nothingToUndo],
      [() => makeChoices(loaded, ground), (made) => discardChoices(made, ground)],
    );
    const foundation = await layFoundation(ground, graph, configuration).catch(async (error: unknown) => {
      await discardChoices(choices, ground);
      throw error;
    });
    const snapshot = await createSnapshot(choices, foundation);
    return { foundation, snapshot, variables, close: () => closeAll(snapshot, foundation) };
  } catch (error) {
    await ground.lazyCounting.close();
    await ground.lazyStores.close();
    throw error;
  }
}

/** Before the plugins: what they share with the graph is the graph's. */
async function loadGraph({ loader }: Pick<Foundation, 'loader'>, agent: string): Promise<unknown> {
  const graph = await loader.instantiate(agent, ['agent']);
  loader.code.keep();
  return graph;
}

async function closeAll(snapshot: Snapshot, foundation: Foundation): Promise<void> {
  const [closed] = await Promise.allSettled([snapshot.close()]);
  await closeFoundation(foundation);
  if (closed.status === 'rejected') throw closed.reason;
}
