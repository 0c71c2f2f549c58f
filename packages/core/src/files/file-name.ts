import { isDirecting, isFreeOfControls } from '../control-characters.js';

/** As file systems have it. */
const maxBytes = 255;

/** Names that a file system takes for something else than a file. */
const reserved = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/**
 * Why a text cannot name a file; undefined where it can. A name never becomes a part of a path here, but whoever downloads the file may
 * make it one.
 */
export function fileNameFault(name: string): string | undefined {
  if (name.trim() === '') return 'must not be empty';
  if (Buffer.byteLength(name) > maxBytes) return `must have at most ${maxBytes} bytes`;
  if (!isFreeOfControls(name)) return 'must not have control characters';
  if (isDirecting(name)) return 'must not have characters that change the direction of writing';
  if (/[/\\]/.test(name) || name === '.' || name === '..') return 'must be the name of a file, without a path';
  if (reserved.test(name) || /[. ]$/.test(name)) return 'must be a name that every file system takes';
  return undefined;
}
