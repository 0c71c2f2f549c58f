import { ValidationError } from '../errors/error-classes.js';

export type PathValues = Readonly<Record<string, string | number>>;
export type QueryValues = Readonly<Record<string, string | number | boolean | null | undefined>>;

/**
 * The path of a request with its ids and its query.
 * @throws {ValidationError} for an id that would make it another path
 */
export function writePath(template: string, values: PathValues = {}, query: QueryValues = {}): string {
  const path = template.replace(/\{(\w+)\}/g, (_whole, name: string) =>
    encodeURIComponent(checkId(name, values[name])),
  );
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) asked.set(name, String(value));
  }
  const written = asked.toString();
  return written === '' ? path : `${path}?${written}`;
}

/** An empty id, and the dots that every URL parser takes for a step up, would ask for something else. */
function checkId(name: string, value: string | number | undefined): string {
  const id = String(value ?? '');
  if (!/^\.{0,2}$/.test(id)) return id;
  const msg = `is ${JSON.stringify(id)}, which cannot stand in a path`;
  throw new ValidationError(`${name} ${msg}.`, {
    ...{ code: 'VALIDATION_ERROR', status: 422 },
    details: [{ loc: ['path', name], msg, type: 'path' }],
  });
}
