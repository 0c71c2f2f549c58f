import type { PolicyLine, RequestValue } from '../../packages/policy/src/index.js';
import type { Random } from './random.js';

/* Models of every shape that is compiled, each with random rules and requests which meet often enough. */

export interface PolicyShape {
  readonly name: string;
  readonly model: string;
  readonly rule: (random: Random) => PolicyLine;
  /** Undefined where the model has no links. They never close a circle, and are less than ten deep. */
  readonly link?: (random: Random) => PolicyLine;
  /** Lines that are in every policy. */
  readonly always?: readonly PolicyLine[];
  readonly request: (random: Random) => readonly RequestValue[];
  /** The same request as Casbin takes it, where that is another. */
  readonly asCasbin?: (request: readonly RequestValue[]) => readonly unknown[];
}

const users = ['alice', 'bob', 'carol', 'root'];
const roles = ['viewer', 'editor', 'admin', 'owner'];
const subjects = [...users, ...roles];
const objects = ['data1', 'data2', '/a', '/a/b', '/a/b/c', '/x/1'];
const actions = ['read', 'write', 'delete'];
const domains = ['acme', 'umbrella'];
const groups = ['group1', 'group2'];
const effects = ['allow', 'allow', 'deny'];

interface ModelText {
  readonly r?: string;
  readonly p?: string;
  readonly g?: readonly string[];
  readonly e?: string;
  readonly m: string;
}

const allow = 'some(where (p.eft == allow))';
const allowAndDeny = `${allow} && !some(where (p.eft == deny))`;

function model({ r = 'sub, obj, act', p = r, g = [], e = allow, m }: ModelText): string {
  const links = g.length === 0 ? '' : `[role_definition]\n${g.join('\n')}\n`;
  return `[request_definition]\nr = ${r}\n[policy_definition]\np = ${p}\n${links}[policy_effect]\ne = ${e}\n[matchers]\nm = ${m}\n`;
}

type Pick = (random: Random) => string;
const of =
  (values: readonly string[]): Pick =>
  (random) =>
    random.pick(values);

const rule =
  (...fields: readonly Pick[]): PolicyShape['rule'] =>
  (random) => ({ key: 'p', values: fields.map((field) => field(random)) });

const request =
  (...fields: readonly Pick[]): PolicyShape['request'] =>
  (random) =>
    fields.map((field) => field(random));

/** From somebody, or a role, to a role that stands later in the list. */
function link(key: string, members: readonly string[], above: readonly string[], inDomains?: readonly string[]) {
  return (random: Random): PolicyLine => {
    const at = random(above.length);
    const member = random.pick([...members, ...above.slice(0, at)]);
    const role = above[at] ?? '';
    return { key, values: inDomains === undefined ? [member, role] : [member, role, random.pick(inDomains)] };
  };
}

const anySubject = of([...subjects, 'nobody']);
const anyObject = of([...objects, 'data3']);
const anyAction = of(actions);
const basic = { rule: rule(of(subjects), of(objects), anyAction), request: request(anySubject, anyObject, anyAction) };
const withEffect = rule(of(subjects), of(objects), anyAction, of(effects));
const rbac = 'g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act';
const toRole = link('g', users, roles);

const keyPatterns = ['/a/*', '/a/b/*', '*', '/*', '/a/b', '/x/1', 'data*'];
const routePatterns = ['/a/:id', '/a/:id/c', '/:top/b', '/a/*', '/x/:n', '/a/b', '*'];
const bracePatterns = ['/a/{id}', '/a/{id}/c', '/{top}/b', '/a/*', '/x/{n}', '/a/b'];
const paths = of(['/a', '/a/b', '/a/b/c', '/a/c', '/x/1', '/x/2', '/b/b', '/a/b?x=1', 'data1']);
const regexes = ['^read$', 'read|write', 'w', '^(read|delete)$', '.*', 'de.ete', '[rw]'];

function patterns(name: string, values: readonly string[], p = 'p.obj'): PolicyShape {
  return {
    name,
    model: model({ m: `r.sub == p.sub && ${name}(r.obj, ${p}) && r.act == p.act` }),
    rule: rule(of(subjects), of(values), anyAction),
    request: request(anySubject, paths, anyAction),
  };
}

const ages = ['16', '18', '25', '60'];

export const policyShapes: readonly PolicyShape[] = [
  { name: 'a list of rules', model: model({ m: 'r.sub == p.sub && r.obj == p.obj && r.act == p.act' }), ...basic },
  { name: 'roles', model: model({ g: ['g = _, _'], m: rbac }), ...basic, link: toRole },
  {
    ...{ name: 'roles, everything but what is denied', ...basic, rule: withEffect, link: toRole },
    model: model({ p: 'sub, obj, act, eft', g: ['g = _, _'], e: '!some(where (p.eft == deny))', m: rbac }),
  },
  {
    ...{ name: 'roles, where a denial beats every allowance', ...basic, rule: withEffect, link: toRole },
    model: model({ p: 'sub, obj, act, eft', g: ['g = _, _'], e: allowAndDeny, m: rbac }),
  },
  {
    ...{ name: 'the first rule decides', ...basic, rule: withEffect, link: toRole },
    model: model({ p: 'sub, obj, act, eft', g: ['g = _, _'], e: 'priority(p.eft) || deny', m: rbac }),
  },
  {
    ...{ name: 'the rule of the lowest priority decides', ...basic, link: toRole },
    model: model({ p: 'priority, sub, obj, act, eft', g: ['g = _, _'], e: 'priority(p.eft) || deny', m: rbac }),
    rule: rule(of(['1', '2', '3', '10', '-1']), of(subjects), of(objects), anyAction, of(effects)),
  },
  {
    ...{ name: 'the rule about the nearest decides', ...basic, link: toRole },
    model: model({ p: 'sub, obj, act, eft', g: ['g = _, _'], e: 'subjectPriority(p.eft) || deny', m: rbac }),
    // For somebody without any link, Casbin compares with nothing at all: these have one always.
    rule: rule(of([...roles, 'alice', 'bob', 'carol']), of(objects), anyAction, of(effects)),
    always: ['alice viewer', 'bob editor', 'carol admin', 'viewer editor', 'editor admin', 'admin owner'].map(
      (pair) => ({
        key: 'g',
        values: pair.split(' '),
      }),
    ),
  },
  {
    ...{ name: 'roles in domains' },
    model: model({
      ...{ r: 'sub, dom, obj, act', g: ['g = _, _, _'] },
      m: 'g(r.sub, p.sub, r.dom) && r.dom == p.dom && r.obj == p.obj && r.act == p.act',
    }),
    rule: rule(of(subjects), of(domains), of(objects), anyAction),
    link: link('g', users, roles, domains),
    request: request(anySubject, of([...domains, 'nowhere']), anyObject, anyAction),
  },
  {
    ...{ name: 'roles in the domain of the rule' },
    model: model({
      ...{ r: 'sub, dom, obj, act', g: ['g = _, _, _'] },
      m: 'g(r.sub, p.sub, p.dom) && r.obj == p.obj && r.act == p.act',
    }),
    rule: rule(of(subjects), of(domains), of(objects), anyAction),
    link: link('g', users, roles, domains),
    request: request(anySubject, of(domains), anyObject, anyAction),
  },
  {
    ...{ name: 'roles and groups of resources', ...basic },
    model: model({ g: ['g = _, _', 'g2 = _, _'], m: 'g(r.sub, p.sub) && g2(r.obj, p.obj) && r.act == p.act' }),
    rule: rule(of(subjects), of([...objects, ...groups]), anyAction),
    link: (random) => (random(2) === 0 ? toRole(random) : link('g2', objects, groups)(random)),
  },
  {
    ...{ name: 'somebody may everything', ...basic, link: toRole },
    model: model({ g: ['g = _, _'], m: `${rbac} || r.sub == "root"` }),
  },
  {
    ...{ name: 'somebody may everything, unless it is denied', ...basic, rule: withEffect, link: toRole },
    model: model({
      ...{ p: 'sub, obj, act, eft', g: ['g = _, _'], e: allowAndDeny },
      m: `${rbac} || r.sub == "root" && r.act == p.act`,
    }),
  },
  {
    ...{ name: 'two ways', ...basic, link: toRole },
    model: model({ g: ['g = _, _'], m: `(g(r.sub, p.sub) || r.act == "read") && (r.obj == p.obj && r.act == p.act)` }),
  },
  {
    ...{ name: 'wildcards', ...basic },
    model: model({
      ...{ p: 'sub, obj, act, eft', g: ['g = _, _'], e: allowAndDeny },
      m: '(p.sub == "*" || g(r.sub, p.sub)) && (p.obj == "*" || r.obj == p.obj) && (p.act == "*" || r.act == p.act)',
    }),
    rule: rule(of([...subjects, '*']), of([...objects, '*']), of([...actions, '*']), of(effects)),
    link: toRole,
  },
  {
    ...{ name: 'negation', ...basic, rule: withEffect, link: toRole },
    model: model({
      ...{ p: 'sub, obj, act, eft', g: ['g = _, _'], e: allowAndDeny },
      m: 'r.obj == p.obj && !(r.act == p.act) && g(r.sub, p.sub) || r.sub != p.sub && r.act == "read"',
    }),
  },
  {
    ...{ name: 'roles of patterns', link: toRole },
    model: model({ g: ['g = _, _'], m: 'g(r.sub, p.sub) && keyMatch(r.obj, p.obj) && r.act == p.act' }),
    rule: rule(of(subjects), of(keyPatterns), anyAction),
    request: request(anySubject, paths, anyAction),
  },
  patterns('keyMatch', keyPatterns),
  patterns('keyMatch2', routePatterns),
  patterns('keyMatch3', bracePatterns),
  patterns('keyMatch4', bracePatterns),
  patterns('keyMatch5', bracePatterns),
  patterns('globMatch', ['/a/*', '/a/**', '/a/b', '/*/b', '/x/?', '/a/[bc]']),
  {
    ...patterns('keyMatch2', routePatterns),
    name: 'keyMatch2, and regexMatch for the action',
    model: model({ m: 'r.sub == p.sub && keyMatch2(r.obj, p.obj) && regexMatch(r.act, p.act)' }),
    rule: rule(of(subjects), of(routePatterns), of(regexes)),
  },
  {
    name: 'ipMatch',
    model: model({ m: 'ipMatch(r.sub, p.sub) && r.obj == p.obj && r.act == p.act' }),
    rule: rule(of(['192.168.2.0/24', '10.0.0.0/8', '192.168.2.1', '0.0.0.0/0']), of(objects), anyAction),
    request: request(of(['192.168.2.1', '192.168.2.200', '10.1.2.3', '8.8.8.8']), anyObject, anyAction),
  },
  {
    name: 'keyGet2',
    model: model({ r: 'sub, obj', m: 'r.sub == p.sub && keyGet2(r.obj, p.obj, "id") == "b"' }),
    rule: rule(of(subjects), of(routePatterns.filter((pattern) => pattern !== '*'))),
    request: request(anySubject, paths),
  },
  {
    name: 'attributes: who owns it, or is old enough for the rule',
    model: model({
      ...{ r: 'sub, obj, act', p: 'age, obj, act' },
      m: 'r.sub.Name == r.obj.Owner && r.act == "read" || r.sub.Age >= p.age && r.obj.Name == p.obj && r.act == p.act',
    }),
    rule: rule(of(ages), of(objects), anyAction),
    request: (random) => [
      { name: '', attributes: { Name: random.pick(users), Age: Number(random.pick(ages)) } },
      { name: '', attributes: { Owner: random.pick(users), Name: random.pick(objects) } },
      random.pick(actions),
    ],
    asCasbin: (values) => values.map((value) => (typeof value === 'string' ? value : value.attributes)),
  },
  {
    name: 'conditions in rules',
    model: model({ p: 'sub_rule, obj, act', m: 'eval(p.sub_rule) && r.obj == p.obj && r.act == p.act' }),
    rule: rule(
      of([
        ...['r.sub.Age > 18', 'r.sub.Age > 18 && r.sub.Age < 60', 'r.sub.Name == "alice"'],
        ...['r.sub.Name == "bob" || r.sub.Age == 60', '!(r.sub.Age >= 25)'],
      ]),
      of(objects),
      anyAction,
    ),
    request: (random) => [
      { name: '', attributes: { Name: random.pick(users), Age: Number(random.pick(ages)) } },
      ...[random.pick(objects), random.pick(actions)],
    ],
    asCasbin: (values) => values.map((value) => (typeof value === 'string' ? value : value.attributes)),
  },
  {
    name: 'no index is of help',
    model: model({
      ...{ p: 'sub, obj, act, eft', e: 'priority(p.eft) || deny' },
      m: 'r.sub != p.sub && (r.obj != p.obj || r.act >= p.act)',
    }),
    rule: withEffect,
    request: basic.request,
  },
];

/** A policy of so many rules, and of a few links where the shape has any. */
export function randomLines({ always = [], link, rule }: PolicyShape, random: Random, rules: number): PolicyLine[] {
  const links = link === undefined ? [] : Array.from({ length: 4 }, () => link(random));
  return [...always, ...links, ...Array.from({ length: rules }, () => rule(random))];
}
