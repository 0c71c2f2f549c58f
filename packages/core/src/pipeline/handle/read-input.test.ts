import { expect, test } from 'vitest';
import { z } from 'zod';
import { ValidationError } from '../../errors.js';
import { readInput } from './read-input.js';

const schema = z.strictObject({
  name: z.string().min(1).max(5),
  count: z.number().int().min(1).optional(),
  kind: z.enum(['one', 'two']).optional(),
  at: z.iso.datetime().optional(),
  roles: z.array(z.string()).max(2).optional(),
  content: z.union([z.string(), z.array(z.strictObject({ text: z.string() }))]).optional(),
});

function faultsOf(value: unknown): readonly string[] {
  try {
    readInput(schema, value, 'body');
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    return (error.publicError.details ?? []).map(({ loc, msg }) => `${loc.join('.')} ${msg}`);
  }
  return [];
}

const rest = { name: 'a' };

test.each<readonly [string, unknown, readonly string[]]>([
  ['good', { ...rest, count: 1, kind: 'one', at: '2030-01-31T00:00:00Z', roles: ['a'], content: [{ text: 'a' }] }, []],
  ['no body', undefined, ['body is missing']],
  ['a list', [], ['body must be an object, not a list']],
  ['nothing in it', {}, ['body.name is missing']],
  ['another type', { name: 7 }, ['body.name must be a text, not a number']],
  ['null', { name: null }, ['body.name must be a text, not null']],
  ['a half', { ...rest, count: 1.5 }, ['body.count must be a whole number']],
  ['too little', { ...rest, count: 0 }, ['body.count must be at least 1']],
  ['empty', { name: '' }, ['body.name must not be empty']],
  ['too long', { name: 'abcdef' }, ['body.name must have at most 5 characters']],
  ['too many', { ...rest, roles: ['a', 'b', 'c'] }, ['body.roles must have at most 2 entries']],
  ['deep inside', { ...rest, roles: ['a', 5] }, ['body.roles.1 must be a text, not a number']],
  ['none of a few', { ...rest, kind: 'three' }, ['body.kind must be one of "one", "two"']],
  ['no time', { ...rest, at: 'soon' }, ['body.at must be a time such as "2030-01-31T00:00:00Z"']],
  ['a form of two', { ...rest, content: [{ text: 5 }] }, ['body.content.0.text must be a text, not a number']],
  ['a word that is nearly one', { ...rest, nmae: 'b' }, ['body.nmae is not known here. Did you mean "name"?']],
  [
    'two words that are none',
    { ...rest, xxxxxxx: 1, yyyyyyy: 2 },
    [
      'body.xxxxxxx is not known here. Known here: name, count, kind, at, roles, content.',
      'body.yyyyyyy is not known here. Known here: name, count, kind, at, roles, content.',
    ],
  ],
])('%s', (_what, value, expected) => {
  expect(faultsOf(value)).toEqual(expected);
});

test('what was sent is not said again', () => {
  const secret = 'a secret that somebody has put into the wrong field';
  for (const value of [
    { name: secret },
    { ...rest, kind: secret },
    { ...rest, at: secret },
    { ...rest, count: secret },
  ]) {
    expect(faultsOf(value)).toHaveLength(1);
    expect(faultsOf(value).join()).not.toContain('secret');
  }
});
