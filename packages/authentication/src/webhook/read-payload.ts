import { DeliveryContentError } from '@agentflow/core';
import { resolvePointer } from './json-pointer.js';
import type { HookOptions } from './options.js';

/** `{{/issue/title}}`, `{{}}`. */
const place = /\{\{([^{}]*)\}\}/g;

/** Every place of the payload that an input names. */
export function placesIn(input: string): readonly string[] {
  return [...input.matchAll(place)].map(([, pointer]) => pointer ?? '');
}

/**
 * What the graph is told of a payload. What was put in is not looked at again: no text of the payload names another place.
 * @throws {DeliveryContentError} where there is nothing at a place
 */
export function readInputOf({ input }: Pick<HookOptions, 'input'>, payload: unknown, text: string): string {
  if (input === undefined) return text;
  return input.replace(place, (_whole, pointer: string) => (pointer === '' ? text : textAt(payload, pointer)));
}

function textAt(payload: unknown, pointer: string): string {
  const value = resolvePointer(payload, pointer);
  if (value === undefined) throw new DeliveryContentError(`there is nothing at ${pointer}`);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/**
 * The thread that a delivery goes on; undefined: a new one. A name from the payload begins with that of its hook: it is never the id by
 * which the thread of somebody else could be reached.
 * @throws {DeliveryContentError} where there is no name at its place
 */
export function readThreadOf(
  { thread }: Pick<HookOptions, 'thread'>,
  hook: string,
  payload: unknown,
): string | undefined {
  if (thread === undefined || typeof thread === 'string') return thread;
  const value = resolvePointer(payload, thread.pointer);
  const isName = (typeof value === 'string' && value !== '') || Number.isSafeInteger(value);
  if (!isName) throw new DeliveryContentError(`there is neither a text nor a whole number at ${thread.pointer}`);
  return `${hook}:${String(value)}`;
}
