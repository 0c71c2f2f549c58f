import { Helper, newModelFromString } from 'casbin';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../../test/harness/random.js';
import { parseCsv } from './parse-csv.js';

const read = (text: string) => [...parseCsv(text)];

/** The fields that casbin reads in a line, of whichever section; undefined where it reads none, or throws. */
function casbinFields(line: string): readonly string[] | undefined {
  const model = newModelFromString(
    '[request_definition]\nr = a\n[policy_definition]\np = a\n[role_definition]\ng = _, _\n[policy_effect]\ne = some(where (p.eft == allow))\n[matchers]\nm = r.a == p.a\n',
  );
  try {
    Helper.loadPolicyLine(line, model);
  } catch {
    return undefined;
  }
  for (const key of ['p', 'g']) {
    const rule = model.model.get(key)?.get(key)?.policy[0];
    if (rule !== undefined) return [key, ...rule];
  }
  return undefined;
}

describe('a line', () => {
  test.each<[string, readonly string[]]>([
    ['p, alice, data, read', ['p', 'alice', 'data', 'read']],
    ['p,alice,data,read', ['p', 'alice', 'data', 'read']],
    ['  p ,\talice , data,  read  ', ['p', 'alice', 'data', 'read']],
    ['p, "alice, the first", data', ['p', 'alice, the first', 'data']],
    ['p, "r.sub.name == ""alice""", data', ['p', 'r.sub.name == "alice"', 'data']],
    ['p, r.sub.name == "alice", data', ['p', 'r.sub.name == "alice"', 'data']],
    ['p, r.sub in (a, b) && f(x, (y)), data', ['p', 'r.sub in (a,b) && f(x,(y))', 'data']],
    ['p, "r.sub in (""a"", ""b"")", data', ['p', 'r.sub in ("a", "b")', 'data']],
    ['g, user:alice, admin', ['g', 'user:alice', 'admin']],
    ['"p", "alice"', ['p', 'alice']],
  ])('%s', (line, fields) => {
    expect(read(line)).toEqual([{ key: fields[0], values: fields.slice(1), line: 1 }]);
    expect(casbinFields(line.trim())).toEqual(fields);
  });

  test.each(['', '   ', '\t', '# p, alice', '  # p, alice'])('%j is none', (line) => {
    expect(read(`p, a\n${line}\n`)).toEqual([{ key: 'p', values: ['a'], line: 1 }]);
  });

  test.each<[string, RegExp]>([
    ['p, alice,, read', /an empty field/],
    ['p, alice, ', /an empty field/],
    ['p', /an empty field/],
    [', p, alice', /an empty field/],
    ['p, "alice" the first, data', /a quote that begins or ends nothing/],
    ['p, "alice, data', /a quote that begins or ends nothing/],
    ['p, r.sub.name == "", data', /a quote that begins or ends nothing/],
    ['p, r.sub in ("a", "b"), data', /a quote that begins or ends nothing/],
    ['p, (alice, data', /a bracket without the other/],
    ['p, alice), (data', /a bracket without the other/],
    ['p, ali\u00adce, data', /a control character/],
    ['p, ali\u200bce, data', /a control character/],
    ['p, \u202ealice, data', /a control character/],
    ['p,\u00a0alice, data', /white space that is not a space/],
    ['p, alice, data\r', /a control character/],
    ['p, ali\u2028ce, data', /a control character/],
    ['p, ali\0ce, data', /a control character/],
    ['p, \ud800, data', /a control character/],
  ])('%j is a fault', (line, message) => {
    expect(read(`# first\n${line}`)).toEqual([
      { line: 2, message: expect.stringMatching(message), remedy: expect.stringMatching(/./) },
    ]);
  });
});

test('a line twice is a fault, however it is written', () => {
  expect(read('p, a, b\np,a,b\n"p","a","b"\np, a, c\n')).toMatchObject([
    ...[
      { line: 1 },
      { line: 2, message: 'the same stands in line 1' },
      { line: 3, message: /line 1/ },
      { line: 4 },
    ].map((one) => (typeof one.message === 'object' ? { line: one.line } : one)),
  ]);
});

test('whatever is read is what casbin reads', () => {
  const random = createRandom(5);
  const pieces = ['p', 'g', ',', ',', ', ', ' ', '\t', '"', '""', '(', ')', 'a', 'b', '#', "'", '\\', '*'];
  const counts = { same: 0, refused: 0 };
  for (let round = 0; round < 40_000; round += 1) {
    const line = `${random.pick(['p, ', 'g,', 'p'])}${Array.from({ length: random(9) }, () => random.pick(pieces)).join('')}`;
    const [found] = read(line);
    if (found === undefined || 'message' in found) {
      counts.refused += 1;
      continue;
    }
    if (found.key !== 'p' && found.key !== 'g') continue;
    const fields = casbinFields(line);
    if (fields === undefined) expect({ line, found }).toEqual({ line, fields });
    else expect([line, found.key, ...found.values]).toEqual([line, ...fields]);
    counts.same += 1;
  }
  expect(Math.min(counts.same, counts.refused)).toBeGreaterThan(3_000);
});
