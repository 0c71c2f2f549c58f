import type { JsonObject } from '@agentflow/protocol';
import { messagesChannel } from './compiled-graph.js';

/**
 * The state in JSON Schema, as clients see it. What a field of the graph's own holds is not known at run time: TypeScript's
 * types are gone by then, so any JSON is allowed there.
 */
export function describeState(fields: readonly string[]): JsonObject {
  const own = fields.filter((name) => name !== messagesChannel).map((name) => [name, { title: name }]);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'AgentState',
    type: 'object',
    properties: {
      context: { type: 'array', description: 'The messages of the thread.', items: { type: 'object' } },
      context_summary: { type: ['string', 'null'] },
      execution_meta: { type: 'object', description: 'What the engine knows about the last run.' },
      ...(Object.fromEntries(own) as JsonObject),
    },
  };
}
