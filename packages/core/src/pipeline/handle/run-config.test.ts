import type { JsonObject } from '@agentflow/protocol';
import { expect, test } from 'vitest';
import { ValidationError } from '../../errors.js';
import { cleanConfig, requireSmallConfig } from './run-config.js';

test('what only the server may set is dropped wherever it stands; the rest is handed on', () => {
  const config = {
    thread_id: 'mine',
    checkpoint_id: 'x',
    thread_ts: 'x',
    checkpoint_ns: 'x',
    user: { user_id: 'root' },
    user_id: 'root',
    authz: {},
    langgraph_auth_user: {},
    __pregel_resuming: true,
    model: 'small',
    nested: { user: 'root', list: [{ user_id: 'root', keep: 1 }], _hidden: 1 },
    configurable: { user: { user_id: 'root' }, thread_id: 'other', thread_ts: 'y', _x: 1, language: 'de' },
  };
  expect(cleanConfig(config)).toEqual({ model: 'small', nested: { list: [{ keep: 1 }] }, language: 'de' });
  expect(cleanConfig(null)).toEqual({});
});

const wide = (members: number) => Object.fromEntries(Array.from({ length: members }, (_, index) => [`k${index}`, 1]));
const deep = (levels: number): JsonObject => (levels === 1 ? {} : { a: deep(levels - 1) });

test.each<[string, JsonObject, boolean]>([
  ['nothing', {}, true],
  ['as many members as there may be', wide(256), true],
  ['one more', wide(257), false],
  ['a hundred thousand', wide(100_000), false],
  ['many, further in', { a: [wide(200), wide(200)] }, false],
  ['as deep as may be', deep(9), true],
  ['deeper', deep(10), false],
  ['very deep', deep(5_000), false],
  ['a long text', { a: 'x'.repeat(64 * 1024) }, false],
  ['a text', { a: 'x'.repeat(60 * 1024) }, true],
])('%s', (_what, config, isSmall) => {
  if (isSmall) expect(() => requireSmallConfig(config)).not.toThrow();
  else expect(() => requireSmallConfig(config)).toThrow(ValidationError);
});
