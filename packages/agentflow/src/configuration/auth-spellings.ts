/**
 * `"jwt"` is short for `{"method": "jwt"}`, `"api_key"` for `{"method": "api_key"}`, and a path, as text or as the `path` of
 * an object, for `{"method": "custom", "path": …}`.
 */
export function readAuthSpelling(value: unknown): unknown {
  if (typeof value === 'string') return value.includes(':') ? { method: 'custom', path: value } : { method: value };
  const isPath = typeof value === 'object' && value !== null && 'path' in value && !('method' in value);
  return isPath ? { method: 'custom', ...value } : value;
}
