import { type MemoryCondition, MemoryValueError } from '@agentflow/core';
import type { JsonObject, JsonValue } from '@agentflow/protocol';

const maxValueBytes = 64 * 1024;
const maxNameLength = 255;
const maxConditions = 20;

/**
 * Labels, each closed by a period, so that `a.` is no beginning of `ab.`. LangGraph allows no period in a label either.
 * @throws {MemoryValueError}
 */
export function formatNamespace(labels: readonly string[]): string {
  for (const label of labels) {
    if (label === '' || label.includes('.'))
      throw new MemoryValueError('a label of a namespace is empty or has a period');
    checkName('a label of a namespace', label);
  }
  return labels.map((label) => `${label}.`).join('');
}

export function parseNamespace(text: string): string[] {
  return text.split('.').slice(0, -1);
}

/** @throws {MemoryValueError} */
export function checkKey(key: string): string {
  checkName('the key of a memory', key);
  return key;
}

function checkName(what: string, name: string): void {
  if (name.length > maxNameLength) throw new MemoryValueError(`${what} is longer than ${maxNameLength} characters`);
  checkText(what, name);
}

/** PostgreSQL keeps no NUL and no half of a character; a memory must not depend on where it is kept. */
function checkText(what: string, text: string): void {
  if (text.includes('\0')) throw new MemoryValueError(`${what} has a NUL character`);
  if (/\p{Surrogate}/u.test(text)) throw new MemoryValueError(`${what} has half of a character`);
}

/**
 * The value as it is kept.
 * @throws {MemoryValueError}
 */
export function checkValue(value: JsonObject): string {
  checkTexts(value);
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) > maxValueBytes) throw new MemoryValueError('a memory is larger than 64 KiB');
  return text;
}

function checkTexts(value: JsonValue): void {
  if (typeof value === 'string') checkText('a memory', value);
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    checkText('a field of a memory', name);
    checkTexts(member);
  }
}

/** @throws {MemoryValueError} */
export function checkConditions(conditions: readonly MemoryCondition[]): void {
  if (conditions.length > maxConditions) throw new MemoryValueError(`there are more than ${maxConditions} conditions`);
  for (const { path, operator, value } of conditions) {
    for (const name of path) {
      checkName('the name of a field', name);
      // SQLite has no way to write these into a path.
      if (/["\\\p{Cc}]/u.test(name))
        throw new MemoryValueError('the name of a field has a quote or a control character');
    }
    if (typeof value === 'string') checkText('the value of a condition', value);
    const isOrdered = typeof value === 'string' || typeof value === 'number';
    if (operator !== 'eq' && operator !== 'ne' && !isOrdered) {
      throw new MemoryValueError(`${operator} compares numbers or texts`);
    }
  }
}
