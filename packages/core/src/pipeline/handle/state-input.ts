import type { JsonObject } from '@agentflow/protocol';
import { z } from 'zod';
import { ValidationError } from '../../errors.js';
import { type ClientMessage, clientMessageSchema } from './client-messages.js';

/** What the engine keeps in a state for itself. `messages` is LangGraph's own name for `context`. */
const controlFields = ['context', 'context_summary', 'execution_meta', 'messages'] as const;

/** A state as a client sends it, taken apart. */
export interface StateInput {
  /** Messages to append. */
  readonly context: readonly ClientMessage[];
  /** The graph's own fields. */
  readonly values: JsonObject;
  /** Whether it touches anything that steers the engine. */
  readonly steersEngine: boolean;
}

const contextSchema = z.array(clientMessageSchema).nullish();

/** @throws {ValidationError} if `context` is no list of messages */
export function readStateInput(state: JsonObject | null | undefined, field: string): StateInput {
  const given = state ?? {};
  const context = contextSchema.safeParse(given['context'] ?? given['messages']);
  if (!context.success) {
    const details = context.error.issues.map(({ path, message, code }) => ({
      loc: ['body', field, 'context', ...path.map((part) => (typeof part === 'number' ? part : String(part)))],
      msg: message,
      type: code,
    }));
    throw new ValidationError(details);
  }
  const isControl = (name: string) => (controlFields as readonly string[]).includes(name);
  return {
    context: context.data ?? [],
    values: Object.fromEntries(Object.entries(given).filter(([name]) => !isControl(name))),
    // The messages are policed one by one, like those that are sent by themselves.
    steersEngine: ['context_summary', 'execution_meta'].some((name) => (given[name] ?? null) !== null),
  };
}
