import { expect, test } from 'vitest';
import { createPrincipal, ownerOf } from '../../principal.js';
import { createMemorySignals } from '../../signals.js';
import { createOpenExports } from './open-exports.js';

const owner = (subject: string) => ownerOf(createPrincipal({ realm: 'local', subject, tenant: 'default' }));
const refused = expect.objectContaining({
  status: 429,
  publicError: expect.objectContaining({ code: 'RATE_LIMIT_EXCEEDED' }),
});

test('one of each user, and four in all; whatever ends makes room, once', () => {
  const exports = createOpenExports(createMemorySignals());
  const leave = exports.enter(owner('a'));
  expect(() => exports.enter(owner('a'))).toThrow(refused);
  for (const subject of ['b', 'c', 'd']) exports.enter(owner(subject));
  expect(() => exports.enter(owner('e'))).toThrow(refused);
  leave();
  leave();
  exports.enter(owner('e'));
  expect(() => exports.enter(owner('a'))).toThrow(refused);
});
