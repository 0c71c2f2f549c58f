import { isPrintable } from './control-characters.js';

export function isIdentifier(text: string): boolean {
  return text !== '' && text.length <= 255 && isPrintable(text);
}

/** @throws {TypeError} if it is no text of 1 to 255 characters without control characters */
export function readIdentifier(name: string, value: unknown): string {
  if (typeof value !== 'string' || !isIdentifier(value)) {
    throw new TypeError(`${name} must be 1 to 255 characters without control characters`);
  }
  return value;
}

/**
 * A plugin in JavaScript is under no type: of one text each letter would become a role.
 * @throws {TypeError} if it is no list of texts
 */
export function readTextList(name: string, list: readonly string[]): readonly string[] {
  if (!Array.isArray(list) || !list.every((item) => typeof item === 'string')) {
    throw new TypeError(`${name} must be a list of texts`);
  }
  return Object.freeze([...new Set(list)]);
}
