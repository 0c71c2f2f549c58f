import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '@agentflow/core';
import { describe, expect, test } from 'vitest';
import { policyFolder, surroundingsIn } from '../../../../test/harness/policies.js';
import { builtInModel } from './built-in-model.js';
import {
  type CasbinAuthorizationOptions,
  casbinAuthorizationOptionsSchema,
  createCasbinAuthorization,
} from './index.js';

async function faultOf(files: Readonly<Record<string, string | Buffer>>, more: object = {}) {
  const options = casbinAuthorizationOptionsSchema.parse({ method: 'casbin', policy: 'policy.csv', ...more });
  return faultOfStart(options, policyFolder(files));
}

async function faultOfStart(options: CasbinAuthorizationOptions, directory: string) {
  try {
    const backend = await createCasbinAuthorization(options, surroundingsIn(directory));
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
    ['with quotes around a field', 'p, "user", graph, "invoke"\n'],
    ['with more spaces, and tabs', ' p,  user ,\tgraph, invoke \n  \n'],
    ['with a space in a name', 'p, data reader, *, read\n'],
    ['with names of issuers', 'g, user@https://issuer.example|auth0|1, user\np, user, graph, invoke\n'],
  ])('%s is good', async (_what, policy) => {
    expect(await faultOf({ 'policy.csv': policy })).toEqual([]);
  });

  test.each<[string, string | Buffer, RegExp, RegExp]>([
    ['a quote within', `${good}p, us"er, graph, fix\n`, /:2: there is a quote in us"er/, /without quotes/],
    [
      'a no-break space',
      'p,\u00a0user, graph, invoke\n',
      /:1: .*white space that is not a space/,
      /a comma and a space/,
    ],
    ['NUL', 'p, us\0er, graph, invoke\n', /:1: there is a control character/, /a comma and a space/],
    ['a byte order mark', `\ufeff${good}`, /:1: there is a byte order mark/, /without BOM/],
    ['line ends of Windows', 'p, user, graph, invoke\n# x\r\n', /:2: there is a carriage return/, /LF/],
    ['other than UTF-8', Buffer.from([0x70, 0x2c, 0xff]), /not UTF-8/, /UTF-8/],
    ['too few fields', 'p, user, graph\n', /:1: a rule has 2 fields here, and 4 in the model/, /p, sub, obj, act, eft/],
    ['too many fields', 'p, user, graph, invoke, allow, now\n', /:1: a rule has 5 fields/, /p, sub, obj, act, eft/],
    ['no fields', 'p\n', /:1: there is an empty field/, /"\*" for any/],
    ['an empty field', 'p, user, , invoke\n', /:1: there is an empty field/, /"\*" for any/],
    ['a comma at the end', 'p, user, graph, invoke,\n', /:1: there is an empty field/, /"\*" for any/],
    ['a field without end', `p, ${'a'.repeat(4097)}, graph, invoke\n`, /:1: .*more than 4096 characters/, /Shorten/],
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
    ['with roles before those above them', builtInModel.replace(/^e = .*$/m, 'e = subjectPriority(p.eft) || deny')],
    ['with attributes and lists', matcher(`${usual} && r.sub.level >= 3 && r.obj in ("graph", 'run')`)],
    ['with patterns', matcher('g(r.sub, p.sub) && regexMatch(r.obj, p.obj) && globMatch(r.act, p.act)')],
    ['with groups of ids', matcher(`${usual} && g2(r.obj, p.obj)`).replace('g = _, _', 'g = _, _\ng2 = _, _')],
    ['with spaces elsewhere in the effect', change('some(where (p.eft == allow))', 'some( where(p.eft==allow) )')],
  ])('%s is good', async (_what, model) => {
    expect(await faultOf({ 'policy.csv': good, 'model.conf': model }, { model: 'model.conf' })).toEqual([]);
  });

  test.each<[string, string, RegExp, RegExp]>([
    ['an unknown section', change('[matchers]', '[matcher]'), /there is no section \[matcher\]/, /\[matchers\]/],
    ['no matcher', builtInModel.split('[matchers]')[0] ?? '', /\[matchers\] is missing/, /m = /],
    ['nothing', '', /\[request_definition\] is missing/, /r = /],
    ['a definition twice', `${builtInModel}m = true\n`, /"m" is defined twice/, /Keep one/],
    [
      'a second rule',
      change('g = _, _', 'g = _, _\ng2 = _, _'),
      /"g2" is defined, and the matcher never asks for it/,
      /g2\(r\.sub, p\.sub\)/,
    ],
    ['no section', `r = sub, obj, act\n${builtInModel}`, /:1: this does not belong here/, /request_definition/],
    [
      'an attribute of the request',
      change('r = sub, obj, act', 'r = sub, obj, act, age'),
      /has no "age"/,
      /Known|mean/,
    ],
    [
      'no subject',
      matcher('r.obj == p.obj').replace('r = sub, obj, act', 'r = obj, act'),
      /"sub" is missing/,
      /r = sub, obj, act/,
    ],
    ['a field twice', change('p = sub, obj', 'p = sub, sub, obj'), /no list of names/, /p = sub/],
    ['three roles', change('g = _, _', 'g = _, _, _, _'), /no definition of roles/, /g = _, _/],
    [
      'a g with other fields',
      change('g = _, _', 'g = _, _, _'),
      /calls g with other arguments/,
      /g\(r\.sub, p\.sub, r\.dom\)/,
    ],
    [
      'an effect that allows by default',
      builtInModel.replace(/^e = .*$/m, 'e = !some(where (p.eft == deny))'),
      /:11: this effect allows what no rule speaks of/,
      /a deny beats every allow/,
    ],
    [
      'an unknown field',
      matcher('g(r.sub, p.sub) && r.obj == p.object'),
      /"p.object", which is not defined/,
      /"p\.obj"/,
    ],
    ['no field of a rule', matcher('r.sub == "user:root"'), /looks at no field of a rule/, /p\.sub/],
    ['a field as a condition', matcher('p.sub && p.obj'), /neither a comparison nor a call/, /Compare it/],
    ['a text as a condition', matcher('g(r.sub, p.sub) || "yes"'), /neither a comparison nor a call/, /Compare it/],
    ['true', matcher('g(r.sub, p.sub) || true'), /neither a comparison nor a call/, /Compare it/],
    [
      'an attribute of the resource',
      matcher(`${usual} && r.obj.owner == r.sub.sub`),
      /attribute of "r\.obj", which has none/,
      /r\.sub\./,
    ],
    ['a constructor', matcher('g(r.sub, p.sub) && r.sub.constructor("x")'), /calls ""|no text/, /keyMatch|texts/],
    ['an assignment', matcher('r.sub = p.sub'), /cannot be read/, /as in g\(/],
    ['half an expression', matcher('g(r.sub, p.sub) &&'), /cannot be read/, /as in g\(/],
    ['two expressions', matcher(`${usual} r.sub`), /neither a text, a number nor a field/, /./],
    [
      'a pattern that the caller writes',
      matcher('keyMatch(p.obj, r.obj)'),
      /calls keyMatch with other arguments/,
      /keyMatch\(r\.obj, p\.obj\)/,
    ],
    ['roles in any tenant', matcher('g(r.sub, p.sub, p.obj)'), /calls g with other arguments/, /g\(r\.sub, p\.sub\)/],
    ['an unknown function', matcher('g(r.sub, p.sub) && isWorkday()'), /calls "isWorkday"/, /keyMatch/],
  ])('with %s is a fault', async (_what, model, message, remedy) => {
    const [fault] = await faultOf({ 'policy.csv': good, 'model.conf': model }, { model: 'model.conf' });
    expect(fault?.path).toEqual(['authorization', 'model']);
    expect(fault?.message).toMatch(message);
    expect(fault?.message).toMatch(/^model\.conf/);
    expect(fault?.remedy).toMatch(remedy);
  });

  test('a condition in a rule is read when the policy is', async () => {
    const model = matcher('g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act && eval(p.when)').replace(
      'act, eft',
      'act, when',
    );
    const check = async (condition: string) =>
      (
        await faultOf(
          { 'policy.csv': `p, user, graph, invoke, ${condition}\n`, 'model.conf': model },
          { model: 'model.conf' },
        )
      ).map(({ message }) => message);
    expect(await check('r.sub.level >= 3 && r.sub.department == "sales"')).toEqual([]);
    expect(await check('r.sub.level >=')).toEqual([
      expect.stringMatching(/^policy\.csv:1: the condition cannot be read/),
    ]);
    expect(await check('level >= 3')).toEqual(['policy.csv:1: the condition does not know "level"']);
    expect(await check('r.obj.owner == r.sub.sub')).toEqual([
      'policy.csv:1: the condition asks for an attribute of "r.obj", which has none',
    ]);
    expect(await check('"true"')).toEqual([
      'policy.csv:1: the condition has a part that is neither a comparison nor a call',
    ]);
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
    expect(await check(prefixes, 'p, user, x*, invoke\n')).toEqual(['policy.csv:1: no resource matches "x*"']);
    expect(await check(prefixes, 'p, user, graph, x*\n')).toEqual(['policy.csv:1: no action matches "x*"']);
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

test.skipIf(process.platform === 'win32').each<[string, (path: string) => void]>([
  ['a folder', (path) => mkdirSync(path)],
  ['a pipe into which nobody writes', (path) => void execFileSync('mkfifo', [path])],
])('%s is not waited for', async (_what, make) => {
  const directory = policyFolder({});
  make(join(directory, 'policy.csv'));
  const options = casbinAuthorizationOptionsSchema.parse({ method: 'casbin', policy: 'policy.csv' });
  const [fault] = await faultOfStart(options, directory);
  expect(fault?.message).toBe('policy.csv: this is not a file');
  expect(fault?.remedy).toMatch(/Name a file/);
});
