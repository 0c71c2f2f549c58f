import { createRequire } from 'node:module';
import type { CompiledGraph } from './compiled-graph.js';
import { guardOneTool, guardStructuredTools, guardToolLikes } from './guard-tools.js';
import { isWrapped, memberOf } from './runnable-shape.js';
import { toolsIn } from './tools-in-graph.js';

/** Imports a module as the graph's own file would. */
export type ImportBeside = (specifier: string) => Promise<unknown>;

/** A process may hold several copies of a package: one for `import` and one for `require`, and those of other versions. */
const required = /[\\/]@langchain[\\/]core[\\/]dist[\\/](?:tools[\\/]index|runnables[\\/]base)\.cjs$/;

/**
 * From now on, every tool asks before it runs, in runs that want it: of each copy of LangChain that is loaded, and those that
 * the graph's nodes hold whatever they are.
 */
export async function guardTools(graph: CompiledGraph, importBeside: ImportBeside): Promise<void> {
  const modules: unknown[] = [await import('@langchain/core/tools'), await import('@langchain/core/runnables')];
  for (const specifier of ['@langchain/core/tools', '@langchain/core/runnables']) {
    // It may lie where the graph's own file would not find it: then the graph's tools are found in its nodes.
    modules.push(await importBeside(specifier).catch(() => undefined));
  }
  for (const [file, module] of Object.entries(createRequire(import.meta.url).cache)) {
    if (required.test(file)) modules.push(module?.exports);
  }
  for (const module of modules) {
    const tools = memberOf(memberOf(module, 'StructuredTool'), 'prototype');
    if (typeof tools === 'object' && tools !== null) guardStructuredTools(tools);
    const toolLikes = memberOf(memberOf(module, 'RunnableToolLike'), 'prototype');
    if (typeof toolLikes === 'object' && toolLikes !== null) guardToolLikes(toolLikes);
  }
  for (const { tool } of toolsIn(graph)) if (!isWrapped(tool, 'invoke')) guardOneTool(tool);
}
