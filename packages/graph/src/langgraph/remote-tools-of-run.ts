import type { RemoteToolsOfRun } from '@agentflow/core';
import { memberOf } from './runnable-shape.js';
import type { ImportBeside } from './tool-classes.js';

/** Under this name of `configurable`, which no client can set, a run carries its remote tools. */
export const remoteToolsKey = '__agentflow_remote_tools';

/** The remote tools of a run, and how the graph's own copy of LangGraph pauses. */
export interface RemoteToolsInConfig extends RemoteToolsOfRun {
  readonly interrupt: (value: unknown) => unknown;
}

/** How a graph pauses: by `interrupt()` of its own copy of LangGraph, which alone knows what its questions are called. */
export async function findInterrupt(importBeside: ImportBeside): Promise<RemoteToolsInConfig['interrupt']> {
  const interrupt = memberOf(await importBeside('@langchain/langgraph').catch(() => undefined), 'interrupt');
  if (typeof interrupt === 'function') return interrupt as RemoteToolsInConfig['interrupt'];
  return () => {
    throw new Error('Remote tools cannot pause this graph: its file finds no "@langchain/langgraph" with "interrupt".');
  };
}
