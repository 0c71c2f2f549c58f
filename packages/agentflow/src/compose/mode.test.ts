import { expect, test } from 'vitest';
import { isStrict, type Reach } from './mode.js';

const here: Reach = { host: '127.0.0.1', publicUrl: undefined, hasProxies: false };

test.each<[string, Partial<Reach>, boolean]>([
  ['nothing else is said', {}, false],
  ['it is known by a loopback name', { publicUrl: 'http://localhost:8000/agents' }, false],
  ['it is known by a loopback address', { publicUrl: 'http://[::1]:8000' }, false],
  ['it is known to the world', { publicUrl: 'https://agents.example.com' }, true],
  ['it is known by a name that only looks like this machine', { publicUrl: 'https://localhost.example.com' }, true],
  ['a proxy stands in front', { hasProxies: true }, true],
  ['it listens for everybody', { host: '0.0.0.0' }, true],
  ['it listens for everybody, and is known by a loopback name', { host: '::', publicUrl: 'http://localhost' }, true],
])('where %s, %o, what is weak is refused: %s; in development never', (_where, more, expected) => {
  expect(isStrict('production', { ...here, ...more })).toBe(expected);
  expect(isStrict('development', { ...here, ...more })).toBe(false);
});
