/** A key id that could be taken for a path, a query or markup names no key of ours. */
export const keyIdPattern = /^[A-Za-z0-9_.:=+@-]{1,128}$/;

export function isKeyId(value: unknown): value is string {
  return typeof value === 'string' && keyIdPattern.test(value);
}
