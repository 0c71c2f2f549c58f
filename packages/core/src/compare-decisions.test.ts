import { describe, expect, test } from 'vitest';
import { createRandom, type Random } from '../../../test/harness/random.js';
import { allow, type Decision, deny } from './authorization-backend.js';
import { compareDecisions } from './compare-decisions.js';
import { type Filter, matchesFilter } from './filter.js';

const some = (filter: Filter): Decision => ({ ...allow('some'), filter });
const ids = (...list: readonly string[]): Filter => ({ id: { in: list } });
const begins = (startsWith: string): Filter => ({ id: { startsWith } });

describe('another decision', () => {
  test.each<[string, Decision, Decision, string | undefined]>([
    ['of the same effect is the same, whatever its reason', deny('one'), deny('another', 'rule 7'), undefined],
    ['that allows what was denied is a gain', deny('no'), allow('yes'), 'gain'],
    ['that denies what was allowed is a loss', allow('yes'), deny('no'), 'loss'],
    ['that lists all where some were listed is a gain', some(ids('a')), allow('all'), 'gain'],
    ['that lists some where all were listed is a loss', allow('all'), some(ids('a')), 'loss'],
    ['that lists others is neither', some(ids('a', 'b')), some(ids('b', 'c')), 'other'],
    ['with the same filter is the same', some(ids('a', 'b')), some(ids('a', 'b')), undefined],
    [
      'with the same ids in another order is the same',
      some(ids('a', 'b')),
      some({ or: [ids('b'), ids('a')] }),
      undefined,
    ],
    [
      'with a filter that lets everything through is the same as one without',
      allow('all'),
      some(begins('')),
      undefined,
    ],
    [
      'that names one more of what a beginning has is the same',
      some(begins('team-')),
      some({ or: [begins('team-'), ids('team-1')] }),
      undefined,
    ],
    ['that takes one out is a loss', some(begins('t')), some({ and: [begins('t'), { not: ids('top') }] }), 'loss'],
    [
      'that allows of none where it was denied is a gain: the list is empty, and no refusal',
      deny('no'),
      some({ or: [] }),
      'gain',
    ],
  ])('%s', (_what, one, other, expected) => {
    expect(compareDecisions(one, other)).toBe(expected);
  });

  test('is compared as each id is decided, over random filters', () => {
    const random = createRandom(41);
    const letters = ['', 'a', 'b', 'ab', 'ba', 'aa', 'bb', 'aab', 'abb', 'c', 'abc', 'cab'];
    const found = { same: 0, gain: 0, loss: 0, other: 0 };
    for (let count = 0; count < 3_000; count += 1) {
      const [one, other] = [randomFilter(random, 3), randomFilter(random, 3)];
      const gained = letters.some((id) => !matchesFilter(one, id) && matchesFilter(other, id));
      const lost = letters.some((id) => matchesFilter(one, id) && !matchesFilter(other, id));
      const expected = gained && lost ? 'other' : gained ? 'gain' : lost ? 'loss' : undefined;
      const change = compareDecisions(some(one), some(other));
      // What the few ids here show must be told; other ids may show more.
      if (expected !== undefined) expect(['other', expected]).toContain(change);
      if (change === undefined) expect(expected).toBeUndefined();
      found[change ?? 'same'] += 1;
    }
    expect(Math.min(...Object.values(found))).toBeGreaterThan(50);
  });
});

function randomFilter(random: Random, depth: number): Filter {
  const texts = ['a', 'b', 'ab', 'ba', ''];
  const text = () => texts[random(texts.length)] ?? '';
  const part = () => randomFilter(random, depth - 1);
  const kind = depth === 0 ? random(2) : random(5);
  if (kind === 0) return ids(text(), text());
  if (kind === 1) return begins(text());
  if (kind === 2) return { not: part() };
  return kind === 3 ? { and: [part(), part()] } : { or: [part(), part()] };
}
