/** RFC 6901 §3: no tilde but those that stand for a tilde or a slash. */
const form = /^(?:\/(?:[^~/]|~[01])*)*$/;

export function isJsonPointer(text: string): boolean {
  return form.test(text);
}

/** What stands in a JSON value at a pointer; undefined where there is nothing (RFC 6901 §4). Only what is the value's own counts. */
export function resolvePointer(value: unknown, pointer: string): unknown {
  let found: unknown = value;
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof found !== 'object' || found === null) return undefined;
    if (Array.isArray(found) ? !/^(?:0|[1-9]\d*)$/.test(name) : false) return undefined;
    if (!Object.hasOwn(found, name)) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[name];
  }
  return found;
}
