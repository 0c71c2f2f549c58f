import { expect, test } from 'vitest';
import { cleanConfig } from './run-config.js';

test('what only the server may set is dropped wherever it stands; the rest is handed on', () => {
  const config = {
    thread_id: 'mine',
    checkpoint_id: 'x',
    checkpoint_ns: 'x',
    user: { user_id: 'root' },
    user_id: 'root',
    authz: {},
    langgraph_auth_user: {},
    __pregel_resuming: true,
    model: 'small',
    nested: { user: 'root', list: [{ user_id: 'root', keep: 1 }], _hidden: 1 },
    configurable: { user: { user_id: 'root' }, thread_id: 'other', _x: 1, language: 'de' },
  };
  expect(cleanConfig(config)).toEqual({ model: 'small', nested: { list: [{ keep: 1 }] }, language: 'de' });
  expect(cleanConfig(null)).toEqual({});
});
