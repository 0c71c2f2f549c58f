import type { IdSource } from '@agentflow/protocol';
import { isFreeOfControls } from '../../control-characters.js';
import { BadRequestError, ValidationError } from '../../errors.js';
import type { Located } from '../read/locate.js';

const maxLength = 255;

type Body = Readonly<Record<string, unknown>> | undefined;

/** What a request is about, as far as it names it. What is authorized here is what the handler uses. */
export interface NamedResources {
  /** Undefined where the request names no thread. */
  readonly threadId: string | undefined;
  /** The id that the route's permission is about; undefined where the route is about no particular resource. */
  readonly resourceId: string | undefined;
}

/** @throws {BadRequestError} {@link ValidationError} */
export function readResourceIds(located: Located, source: IdSource | undefined, body: Body): NamedResources {
  const threadId = readThreadId(located, source, body);
  if (source === undefined) return { threadId, resourceId: undefined };
  const parameter = /^path:(?!thread_id$)(.+)$/.exec(source)?.[1];
  if (parameter === undefined) return { threadId, resourceId: threadId };
  return { threadId, resourceId: parseId(located.parameters[parameter] ?? '', ['path', parameter]) };
}

/**
 * The one thread that a request is about. Every place of the request where a thread id may stand must hold the same one.
 * @throws {BadRequestError} if two places disagree
 * @throws {ValidationError} if it is no thread id, or the route cannot do without one
 */
function readThreadId({ parameters }: Located, source: IdSource | undefined, body: Body): string | undefined {
  const config = objectIn(body, 'config');
  const places: (readonly [location: readonly string[], value: unknown])[] = [
    [['path', 'thread_id'], source === 'path:thread_id' ? (parameters['thread_id'] ?? '') : undefined],
    [['body', 'config', 'thread_id'], config?.['thread_id']],
    [['body', 'config', 'configurable', 'thread_id'], objectIn(config, 'configurable')?.['thread_id']],
    [['body', 'thread_id'], body?.['thread_id']],
  ];
  let found: string | undefined;
  for (const [location, value] of places) {
    const id = parseId(value, location);
    if (id === undefined) continue;
    if (found !== undefined && found !== id) {
      throw new BadRequestError(`Two different thread ids in one request: the one at ${location.join('.')} differs.`);
    }
    found = id;
  }
  if (found === undefined && source === 'body:thread_id') throw invalid(['body', 'thread_id'], 'must name a thread');
  return found;
}

function objectIn(container: unknown, name: string): Readonly<Record<string, unknown>> | undefined {
  if (typeof container !== 'object' || container === null || !Object.hasOwn(container, name)) return undefined;
  const value = (container as Record<string, unknown>)[name];
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}

/** A text or an integer, trimmed. Blank is none in a body, and a fault in a path. */
function parseId(value: unknown, location: readonly string[]): string | undefined {
  if (value === undefined || value === null) return undefined;
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text !== 'string') throw invalid(location, 'must be a text or an integer');
  const id = text.trim();
  if (id === '' && location[0] !== 'path') return undefined;
  if (id === '' || id.length > maxLength) throw invalid(location, `must have 1 to ${maxLength} characters`);
  if (!isFreeOfControls(id)) throw invalid(location, 'must not have control characters');
  if (/^-?\d+$/.test(id) && BigInt(id) < 1n) throw invalid(location, 'must be at least 1');
  return id;
}

function invalid(location: readonly string[], message: string): ValidationError {
  return new ValidationError([{ loc: location, msg: message, type: 'identifier' }]);
}
