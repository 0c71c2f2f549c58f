import { ConfigurationError } from '@agentflow/core';
import { describe, expect, test } from 'vitest';
import { policyFolder, surroundingsIn } from '../../../../test/harness/policies.js';
import { builtInModel } from './built-in-model.js';
import { casbinAuthorizationOptionsSchema, createCasbinAuthorization } from './index.js';

async function faultOf(files: Readonly<Record<string, string | Buffer>>, more: object = {}) {
  const options = casbinAuthorizationOptionsSchema.parse({ method: 'casbin', policy: 'policy.csv', ...more });
  try {
    const backend = await createCasbinAuthorization(options, surroundingsIn(policyFolder(files)));
    await backend.close();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
  return [];
}

const good = 'p, user, graph, invoke\n';

describe('a policy', () => {
  test.each<[string, string]>([
    ['one rule', good],
    ['without a space after commas', 'p,user,graph,invoke\n'],
    ['without an end of line', 'p, user, graph, invoke'],
    ['with comments and blank lines', `# comment, "quoted"\n\n${good}\n`],
    ['with an effect', 'p, user, graph, invoke, allow\np, user, graph, fix, deny\n'],
    ['with other names for resources', 'p, user, threads, read\np, user, memories, *\n'],
    ['with a space in a name', 'p, data reader, *, read\n'],
    ['with names of issuers', 'g, user@https://issuer.example|auth0|1, user\np, user, graph, invoke\n'],
  ])('%s is good', async (_what, policy) => {
    expect(await faultOf({ 'policy.csv': policy })).toEqual([]);
  });

  test.each<[string, string | Buffer, RegExp, RegExp]>([
    ['quotes', 'p, "user", graph, invoke\n', /^policy\.csv:1: there is a quote/, /without quotes/],
    ['a quote within', `${good}p, us"er, graph, fix\n`, /:2: there is a quote/, /without quotes/],
    ['a space at the start', ' p, user, graph, invoke\n', /:1: there is a stray space/, /one space or none/],
    ['a space at the end', `${good}p, user, graph, fix \n`, /:2: there is a stray space/, /one space or none/],
    ['a space before a comma', 'p, user , graph, invoke\n', /:1: there is a stray space/, /one space or none/],
    ['two spaces', 'p,  user, graph, invoke\n', /:1: there is a stray space/, /one space or none/],
    ['a line of spaces', `${good}  \n`, /:2: there is a stray space/, /one space or none/],
    ['a no-break space', 'p,\u00a0user, graph, invoke\n', /:1: there is a stray space/, /one space or none/],
    ['a tab', 'p,\tuser, graph, invoke\n', /:1: there is a control character/, /a comma and a space/],
    ['NUL', 'p, us\0er, graph, invoke\n', /:1: there is a control character/, /a comma and a space/],
    ['a byte order mark', `\ufeff${good}`, /:1: there is a byte order mark/, /without BOM/],
    ['line ends of Windows', 'p, user, graph, invoke\n# x\r\n', /:2: there is a carriage return/, /LF/],
    ['other than UTF-8', Buffer.from([0x70, 0x2c, 0xff]), /not UTF-8/, /UTF-8/],
    ['too few fields', 'p, user, graph\n', /:1: a rule has 2 fields here, and 4 in the model/, /p, sub, obj, act, eft/],
    ['too many fields', 'p, user, graph, invoke, allow, now\n', /:1: a rule has 5 fields/, /p, sub, obj, act, eft/],
    ['no fields', 'p\n', /:1: there is an empty field/, /"\*" for any/],
    ['an empty field', 'p, user, , invoke\n', /:1: there is an empty field/, /"\*" for any/],
    ['a comma at the end', 'p, user, graph, invoke,\n', /:1: there is an empty field/, /"\*" for any/],
    ['a field without end', `p, ${'a'.repeat(513)}, graph, invoke\n`, /:1: .*more than 512 characters/, /Shorten/],
    ['the same line twice', `${good}# x\n${good}`, /:3: the same stands in line 1/, /Keep one/],
    ['the same line otherwise spaced', `${good}p,user,graph,invoke\n`, /:2: the same stands in line 1/, /Keep one/],
    ['an unknown section', `${good}deny, user, graph, fix\n`, /:2: there is no section "deny"/, /"p"/],
    ['a section in another case', 'P, user, graph, invoke\n', /:1: there is no section "P"/, /"p"/],
    ['p2', 'p2, user, graph, invoke\n', /:1: there is no section "p2"/, /"p"/],
    ['an unknown resource', 'p, user, graf, invoke\n', /:1: there is no resource "graf"/, /"graph"/],
    ['an unknown action', 'p, user, graph, invok\n', /:1: "graph" does not have the action "invok"/, /"invoke"/],
    ['an action of another resource', 'p, user, store, invoke\n', /:1: "store" does not have/, /read, write, delete/],
    ['an unknown action of any', 'p, user, *, raed\n', /:1: no resource has the action "raed"/, /"read"/],
    ['a prefix', 'p, user, gra*, invoke\n', /:1: "gra\*" is no pattern here/, /"\*" alone/],
    ['an unknown effect', 'p, user, graph, invoke, denied\n', /:1: "denied" is no effect/, /"deny"|Known/],
    ['an effect in capitals', 'p, user, graph, invoke, Deny\n', /:1: "Deny" is no effect/, /"deny"/],
    ['a principal as a role', `${good}g, admin, user:alice\n`, /:2: "user:alice" is a principal/, /who, then the role/],
    ['a wildcard in g', `${good}g, *, admin\n`, /:2: "\*" means nothing in "g"/, /a rule for "\*"/],
    ['too few fields in g', `${good}g, alice\n`, /:2: "g" has 1 fields here, and 2/, /g, user:alice, admin/],
    ['a tenant where there are none', `${good}g, user:alice, admin, acme\n`, /:2: "g" has 3 fields/, /g, user:alice/],
    ['nothing', '', /^policy\.csv: there is no rule/, /Write "p, user/],
    ['comments alone', '# p, user, graph, invoke\n', /there is no rule/, /Write "p, user/],
    ['groups alone', 'g, user:alice, admin\n', /there is no rule/, /Write "p, user/],
  ])('with %s is a fault, with its line and a remedy', async (_what, policy, message, remedy) => {
    const [fault] = await faultOf({ 'policy.csv': policy });
    expect(fault?.path).toEqual(['authorization', 'policy']);
    expect(fault?.message).toMatch(message);
    expect(fault?.remedy).toMatch(remedy);
  });

  test('all lines that are wrong are told, in their order', async () => {
    const faults = await faultOf({ 'policy.csv': `p, user, graf, invoke\n"\n${good}g, a\n` });
    expect(faults.map(({ message }) => message.split(': ')[0])).toEqual([
      'policy.csv:1',
      'policy.csv:2',
      'policy.csv:4',
    ]);
  });

  test('but not a thousand of them', async () => {
    const faults = await faultOf({ 'policy.csv': Array.from({ length: 1_000 }, (_, one) => `x, ${one}\n`).join('') });
    expect(faults).toHaveLength(21);
    expect(faults.at(-1)?.message).toBe('policy.csv: 980 more faults');
  });

  test('that is not there, or larger than the limit, is a fault', async () => {
    expect((await faultOf({}))[0]?.message).toBe('policy.csv: the file does not exist');
    const two = { 'policy.csv': `${good}p, user, graph, fix\n` };
    const [fault] = await faultOf(two, { max_rules: 1 });
    expect(fault?.message).toBe('policy.csv: there are 2 rules, and at most 1 are taken');
    expect(fault?.remedy).toContain('"max_rules"');
    expect(await faultOf(two, { max_rules: 2 })).toEqual([]);
  });
});

describe('a model', () => {
  const change = (from: string, to: string) => {
    expect(builtInModel).toContain(from);
    return builtInModel.replace(from, to);
  };
  const matcher = (text: string) => builtInModel.replace(/^m = .*$/m, () => `m = ${text}`);
  const usual = 'g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act';

  test.each<[string, string]>([
    ['the built-in one', builtInModel],
    ['with comments', `# mine\n; too\n${builtInModel}`],
    ['over several lines', matcher('g(r.sub, p.sub) && \\\n  r.obj == p.obj && \\\n  r.act == p.act')],
    ['with spaces elsewhere in the effect', change('some(where (p.eft == allow))', 'some( where(p.eft==allow) )')],
  ])('%s is good', async (_what, model) => {
    expect(await faultOf({ 'policy.csv': good, 'model.conf': model }, { model: 'model.conf' })).toEqual([]);
  });

  test.each<[string, string, RegExp, RegExp]>([
    ['an unknown section', change('[matchers]', '[matcher]'), /there is no section \[matcher\]/, /"matchers"/],
    ['no matcher', builtInModel.split('[matchers]')[0] ?? '', /\[matchers\] is missing/, /m = /],
    ['nothing', '', /\[request_definition\] is missing/, /r = /],
    ['a definition twice', `${builtInModel}m = true\n`, /"m" is defined twice/, /Keep one/],
    ['a second rule', change('g = _, _', 'g = _, _\ng2 = _, _'), /this does not belong here/, /"g = …"/],
    ['no section', `r = sub, obj, act\n${builtInModel}`, /:1: this does not belong here/, /request_definition/],
    [
      'an attribute of the request',
      change('r = sub, obj, act', 'r = sub, obj, act, age'),
      /has no "age"/,
      /Known|mean/,
    ],
    ['no subject', change('r = sub, obj, act', 'r = obj, act'), /"sub" is missing/, /r = sub, obj, act/],
    ['a field twice', change('p = sub, obj', 'p = sub, sub, obj'), /no list of names/, /p = sub/],
    ['three roles', change('g = _, _', 'g = _, _, _, _'), /no definition of roles/, /g = _, _/],
    ['a g with other fields', change('g = _, _', 'g = _, _, _'), /differ/, /g = _, _/],
    [
      'an effect that allows by default',
      builtInModel.replace(/^e = .*$/m, 'e = !some(where (p.eft == deny))'),
      /:11: this effect allows what no rule speaks of/,
      /a deny beats every allow/,
    ],
    [
      'an effect by subject',
      builtInModel.replace(/^e = .*$/m, 'e = subjectPriority(p.eft) || deny'),
      /this effect is not known/,
      /Write "e =/,
    ],
    [
      'an unknown field',
      matcher('g(r.sub, p.sub) && r.obj == p.object'),
      /"p.object", which is not defined/,
      /"obj"|Known/,
    ],
    ['no field of a rule', matcher('r.sub == "user:root"'), /looks at no field of a rule/, /p\.sub/],
    ['a field as a condition', matcher('p.sub && p.obj'), /neither a comparison nor a call/, /keyMatch/],
    ['a text as a condition', matcher('g(r.sub, p.sub) || "yes"'), /neither a comparison nor a call/, /keyMatch/],
    ['true', matcher('g(r.sub, p.sub) || true'), /neither a comparison nor a call/, /keyMatch/],
    ['a number', matcher('g(r.sub, p.sub) && p.obj == 1'), /compares what is no text/, /texts/],
    ['an attribute', matcher('r.sub.age == p.obj'), /compares what is no text/, /texts/],
    ['a constructor', matcher('g(r.sub, p.sub) && r.sub.constructor("x")'), /calls ""|no text/, /keyMatch|texts/],
    ['in', matcher('g(r.sub, p.sub) && r.obj in ("a", "b")'), /cannot be read|neither a comparison|no text/, /./],
    ['less than', matcher('g(r.sub, p.sub) && r.obj < p.obj'), /neither a comparison nor a call/, /keyMatch/],
    ['an assignment', matcher('r.sub = p.sub'), /cannot be read/, /as in casbin/],
    ['half an expression', matcher('g(r.sub, p.sub) &&'), /cannot be read/, /as in casbin/],
    ['two expressions', matcher(`${usual} r.sub`), /cannot be read|neither a comparison/, /./],
    ['single quotes', matcher("r.obj == 'graph'"), /has a '/, /double quotes/],
    ['a dollar', matcher(`${usual} && r.obj == "$&"`), /has a \$/, /double quotes/],
    [
      'a pattern that the caller writes',
      matcher('keyMatch(p.obj, r.obj)'),
      /keyMatch is called/,
      /keyMatch\(r\.obj, p\.obj\)/,
    ],
    ['a prefix of no request', matcher(`keyMatch(p.act, p.obj) && ${usual}`), /keyMatch is called/, /keyMatch\(r\.obj/],
    ['a prefix of a text', matcher(`keyMatch("graph", p.obj) && ${usual}`), /keyMatch is called/, /keyMatch\(r\.obj/],
    ['roles of a resource', matcher('g(r.obj, p.obj)'), /g is called with other arguments/, /g\(r\.sub, p\.sub\)/],
    ['roles in any tenant', matcher('g(r.sub, p.sub, p.obj)'), /g is called with other arguments/, /r\.dom/],
    ['an unknown function', matcher('g(r.sub, p.sub) && isWorkday()'), /calls "isWorkday"/, /keyMatch/],
  ])('with %s is a fault', async (_what, model, message, remedy) => {
    const [fault] = await faultOf({ 'policy.csv': good, 'model.conf': model }, { model: 'model.conf' });
    expect(fault?.path).toEqual(['authorization', 'model']);
    expect(fault?.message).toMatch(message);
    expect(fault?.message).toMatch(/^model\.conf/);
    expect(fault?.remedy).toMatch(remedy);
  });

  test('whatever a rule says that its model cannot match is a fault', async () => {
    const check = async (model: string, policy: string) =>
      (await faultOf({ 'policy.csv': policy, 'model.conf': model }, { model: 'model.conf' })).map(
        ({ message }) => message,
      );
    const strict = matcher(usual);
    expect(await check(strict, 'p, user, *, invoke\n')).toEqual([
      'policy.csv:1: "*" means nothing in "obj" of this model',
    ]);
    const prefixes = matcher('g(r.sub, p.sub) && keyMatch(r.obj, p.obj) && keyMatch(r.act, p.act)');
    expect(await check(prefixes, 'p, user, g*h, invoke\n')).toEqual([
      'policy.csv:1: "g*h" has a "*" that is not at its end',
    ]);
    expect(await check(prefixes, 'p, user, x*, invoke\n')).toEqual(['policy.csv:1: no resource begins like "x*"']);
    expect(await check(prefixes, 'p, user, graph, x*\n')).toEqual(['policy.csv:1: no action begins like "x*"']);
    expect(await check(prefixes, 'p, user, gr*, inv*\np, user, *, *\n')).toEqual([]);
    const priorities = change('p = sub', 'p = priority, sub').replace(/^e = .*$/m, 'e = priority(p.eft) || deny');
    expect(await check(priorities, 'p, first, user, graph, invoke\n')).toEqual([
      'policy.csv:1: "first" is no priority',
    ]);
    expect(await check(priorities, 'p, 1, user, graph, invoke\n')).toEqual([]);
    const principals = matcher('r.sub == p.sub && r.obj == p.obj').replace(/\[role_definition\]\ng = _, _\n/, '');
    expect(await check(principals, 'p, alice, graph, invoke\n')).toEqual([
      `policy.csv:1: "alice" is nobody's name in a model without roles`,
    ]);
    expect(await check(principals, 'p, user:alice, graph, invoke\ng, user:alice, admin\n')).toEqual([
      'policy.csv:2: the model has no roles',
    ]);
  });
});
