import { isObject } from '../json.js';

/** What is shorter is no secret, and part of many words. */
const leastLength = 4;

/** The same, but for each text that repeats one of these: what refuses a request may say what was in it. */
export function withhold<T>(told: T, secrets: readonly string[]): T {
  const kept = secrets.filter((secret) => secret.length >= leastLength);
  const clean = (value: unknown): unknown => {
    if (typeof value === 'string') return kept.some((secret) => value.includes(secret)) ? '[secret]' : value;
    if (Array.isArray(value)) return value.map(clean);
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, clean(part)]));
  };
  return kept.length === 0 ? told : (clean(told) as T);
}
