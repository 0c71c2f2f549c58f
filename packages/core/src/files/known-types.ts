import { supportedMimeTypes } from 'file-type';

/** Texts, by the ends of their names. What is one of them cannot be told from the content: a text is a text. */
const textTypes: Readonly<Record<string, readonly string[]>> = {
  'text/plain': ['txt', 'text', 'log'],
  'text/markdown': ['md', 'markdown'],
  'text/csv': ['csv'],
  'application/json': ['json'],
};

/** What is taken where the configuration does not say. */
export const defaultFileTypes: readonly string[] = [
  ...['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'],
  'application/pdf',
  ...Object.keys(textTypes),
  ...['audio/mpeg', 'audio/wav', 'audio/ogg', 'audio/flac', 'audio/aac', 'audio/mp4'],
  ...['video/mp4', 'video/webm', 'video/quicktime'],
];

/** Other names of the same. */
const sameTypes: Readonly<Record<string, string>> = {
  'image/jpg': 'image/jpeg',
  'image/pjpeg': 'image/jpeg',
  'image/apng': 'image/png',
  'image/x-png': 'image/png',
  'audio/mp3': 'audio/mpeg',
  'audio/x-mp3': 'audio/mpeg',
  'audio/x-wav': 'audio/wav',
  'audio/wave': 'audio/wav',
  'audio/vnd.wave': 'audio/wav',
  'audio/x-flac': 'audio/flac',
  'audio/x-aac': 'audio/aac',
  'audio/aacp': 'audio/aac',
  'audio/x-m4a': 'audio/mp4',
  'audio/m4a': 'audio/mp4',
  'video/x-m4v': 'video/mp4',
  'audio/opus': 'audio/ogg',
  'application/ogg': 'audio/ogg',
  'text/x-markdown': 'text/markdown',
  'application/csv': 'text/csv',
  'application/x-pdf': 'application/pdf',
};

/** A media type without its parameters, under the name that it has here. */
export function canonicalType(type: string): string {
  const [bare = ''] = type.toLowerCase().split(';');
  const name = bare.trim();
  return (Object.hasOwn(sameTypes, name) ? sameTypes[name] : undefined) ?? name;
}

export function isTextType(type: string): boolean {
  return Object.hasOwn(textTypes, type);
}

/** Of a text, by how its name ends. */
export function textTypeOfName(name: string): string {
  const ending = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  return Object.keys(textTypes).find((type) => textTypes[type]?.includes(ending)) ?? 'text/plain';
}

/** Every type that can be recognised, and so be taken. */
export const recognisableTypes: ReadonlySet<string> = new Set([
  ...[...supportedMimeTypes].map((type) => canonicalType(type)),
  ...Object.keys(textTypes),
]);

/** The same container with another kind of track in it: only a player can tell. */
const containers: readonly ReadonlySet<string>[] = [
  new Set(['audio/webm', 'video/webm']),
  new Set(['audio/ogg', 'video/ogg']),
  new Set(['audio/mp4', 'video/mp4', 'video/quicktime']),
];

/** Whether a file that is said to be of one type may be of the other. */
export function isSameKind(said: string, found: string): boolean {
  return said === found || containers.some((kind) => kind.has(said) && kind.has(found));
}
