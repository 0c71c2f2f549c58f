import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { buildPolicy, changePolicy, compactPolicy, parseCsv, readModel } from '@agentflow/policy';
import { newEnforcer, newModelFromString } from 'casbin';

/*
 * What one decision costs: ours, casbin's enforceSync and enforce, and a Map made by hand for this one model, which is the
 * floor. All decide the same requests over the same rules, in turn, in short rounds of random order; the factors are taken
 * round by round, because these machines are shared: an absolute time means nothing.
 */

const usual = {
  rounds: 15,
  requestsPerRound: 2_000,
  sizes: [10, 100, 1_000, 10_000, 100_000],
  budgetMilliseconds: 2_500,
  changes: 100_000,
};

/** For a test of the bench itself. */
export const small = { rounds: 1, requestsPerRound: 20, sizes: [10, 100], budgetMilliseconds: 50, changes: 2_000 };

const cases = ['compiled', 'map', 'casbin.enforceSync', 'casbin.enforce'];

const modelOf = (matcher, link) => `[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
${link ? '[role_definition]\ng = _, _\n' : ''}[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = ${matcher}
`;

const roleModel = modelOf('g(r.sub, p.sub) && keyMatch(r.obj, p.obj) && r.act == p.act', true);

const actions = ['read', 'write', 'delete', 'share'];

/** Ten rules a role, every fifth role has those of another, as many users as rules with one role each; 30 % wildcards. */
function createRules(size) {
  const roles = Math.max(1, Math.floor(size / 10));
  const rules = Array.from({ length: size }, (_, index) => {
    const object = `/service/${index % 97}/item/${index}`;
    return [`role${index % roles}`, index % 10 < 3 ? `${object}/*` : object, actions[index % actions.length]];
  });
  const links = [
    ...Array.from({ length: size }, (_, index) => [`user${index}`, `role${index % roles}`]),
    ...Array.from({ length: Math.floor((roles - 1) / 5) }, (_, index) => [`role${index * 5}`, `role${index * 5 + 1}`]),
  ];
  return { rules, links };
}

const csvOf = ({ rules, links }) =>
  [...rules.map((values) => `p, ${values.join(', ')}`), ...links.map((values) => `g, ${values.join(', ')}`)].join('\n');

/** Requests that rules allow, and the same with an action that none of them has. */
function createRequests({ rules }, outcome, count) {
  const roles = Math.max(1, Math.floor(rules.length / 10));
  return Array.from({ length: count }, (_, index) => {
    const at = (index * 61_837) % rules.length;
    const [, object, action] = rules[at];
    return [`user${at % roles}`, object.replace('*', `x${index}`), outcome === 'allowed' ? action : 'purge'];
  });
}

/** What somebody would write who has only this model. */
function createMap({ rules, links }) {
  const parents = new Map();
  for (const [member, role] of links) parents.set(member, [...(parents.get(member) ?? []), role]);
  const rolesOf = new Map();
  for (const member of parents.keys()) {
    const all = new Set([member]);
    for (const one of all) for (const role of parents.get(one) ?? []) all.add(role);
    rolesOf.set(member, [...all]);
  }
  const permissions = new Map();
  for (const [role, object, action] of rules) {
    const known = permissions.get(role) ?? { exact: new Map(), prefixes: [] };
    permissions.set(role, known);
    if (object.endsWith('*')) known.prefixes.push({ prefix: object.slice(0, -1), action });
    else known.exact.set(object, (known.exact.get(object) ?? new Set()).add(action));
  }
  return ([subject, object, action]) => {
    for (const role of rolesOf.get(subject) ?? [subject]) {
      const known = permissions.get(role);
      if (known === undefined) continue;
      if (known.exact.get(object)?.has(action)) return true;
      for (const one of known.prefixes) if (one.action === action && object.startsWith(one.prefix)) return true;
    }
    return false;
  };
}

/** A whole policy at once: casbin's own loader takes 8 s for 100,000 lines. */
async function createCasbin({ rules, links }) {
  const enforcer = await newEnforcer(newModelFromString(roleModel));
  const nothing = async () => undefined;
  enforcer.setAdapter({
    loadPolicy: async (model) => {
      model.model.get('p').get('p').policy = rules;
      model.model.get('g').get('g').policy = links;
    },
    ...{ savePolicy: nothing, addPolicy: nothing, removePolicy: nothing, removeFilteredPolicy: nothing },
  });
  await enforcer.loadPolicy();
  return enforcer;
}

const linesOf = ({ rules, links }) => [
  ...rules.map((values) => ({ key: 'p', values })),
  ...links.map((values) => ({ key: 'g', values })),
];

async function createDeciders(policy) {
  const compiled = await buildPolicy(readModel(roleModel), linesOf(policy));
  const map = createMap(policy);
  const enforcer = await createCasbin(policy);
  return {
    compiled: (request) => compiled.decide(request).effect === 'allow',
    map,
    'casbin.enforceSync': (request) => enforcer.enforceSync(...request),
    'casbin.enforce': (request) => enforcer.enforce(...request),
  };
}

const median = (values) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
const rounded = (value) => Number(value.toPrecision(3));

/** Microseconds a decision, and whether all came out as they should. */
async function timeRound(decide, requests, expected) {
  let wrong = 0;
  const startedAt = performance.now();
  for (const request of requests) {
    const answer = decide(request);
    if ((typeof answer === 'boolean' ? answer : await answer) !== expected) wrong += 1;
  }
  if (wrong > 0) throw new Error(`${wrong} of ${requests.length} decisions were wrong`);
  return ((performance.now() - startedAt) * 1000) / requests.length;
}

async function timeEach(decide, requests, expected) {
  const times = [];
  for (const request of requests) times.push(await timeRound(decide, [request], expected));
  return times;
}

async function compare(deciders, requests, expected, { rounds, budgetMilliseconds }) {
  const times = Object.fromEntries(cases.map((name) => [name, []]));
  const counts = {};
  for (const name of cases) {
    // One decision of casbin's may take a quarter of a second, but not where the first rule allows: each gets as many
    // requests as the time allows by the slowest of three.
    const some = [0.3, 0.6, 0.9].map((share) => requests[Math.floor(share * requests.length)]);
    const slowest = Math.max(...(await timeEach(deciders[name], some, expected)));
    const each = (budgetMilliseconds * 1000) / rounds / cases.length / Math.max(slowest, 0.5);
    counts[name] = Math.max(1, Math.min(requests.length, Math.floor(each)));
    await timeRound(deciders[name], requests.slice(0, counts[name]), expected);
  }
  for (let round = 0; round < rounds; round++) {
    for (const name of cases.toSorted(() => Math.random() - 0.5)) {
      const from = (round * counts[name]) % (requests.length - counts[name] + 1);
      times[name].push(await timeRound(deciders[name], requests.slice(from, from + counts[name]), expected));
    }
  }
  return times;
}

function toRows(times, size, outcome) {
  return cases.map((name) => ({
    ...{ case: name, rules: size, outcome, microseconds: rounded(median(times[name])) },
    timesFasterThan: Object.fromEntries(
      cases
        .filter((other) => other !== name)
        .map((other) => [other, rounded(median(times[other].map((time, round) => time / times[name][round])))]),
    ),
  }));
}

/** How long it takes to read and index a policy, and how long nothing else was done meanwhile. */
async function load(size) {
  const text = csvOf(createRules(size));
  globalThis.gc?.();
  const heapBefore = process.memoryUsage().heapUsed;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const startedAt = performance.now();
  const policy = await buildPolicy(readModel(roleModel), parseCsv(text));
  const seconds = (performance.now() - startedAt) / 1000;
  delay.disable();
  globalThis.gc?.();
  const heap = (process.memoryUsage().heapUsed - heapBefore) / 2 ** 20;
  return {
    policy,
    row: {
      ...{ rules: size, lines: text.split('\n').length, seconds: rounded(seconds) },
      ...{ longestStallMilliseconds: rounded(delay.max / 1e6), heapMegabytes: rounded(heap) },
    },
  };
}

/** One rule more and one less, on top of a policy of this size. */
function change(policy, rounds) {
  const times = { add: [], remove: [] };
  let current = policy;
  for (let round = 0; round < rounds * 10; round++) {
    const line = { key: 'p', values: [`role${round}`, `/new/${round}`, 'read'] };
    for (const kind of ['add', 'remove']) {
      const startedAt = performance.now();
      current = changePolicy(current, { [kind]: [line] });
      times[kind].push(performance.now() - startedAt);
    }
  }
  return { addMilliseconds: rounded(median(times.add)), removeMilliseconds: rounded(median(times.remove)) };
}

/** A rule more, the oldest less, and the same with links: in the end nothing is there of what was at first, if they are enough. */
function* changesOf({ rules, links }, size, count) {
  const steps = [
    (index) => ({ add: [{ key: 'p', values: rules[size + index] }] }),
    (index) => ({ remove: [{ key: 'p', values: rules[index] }] }),
    (index) => ({ add: [{ key: 'g', values: links[size + index] }] }),
    (index) => ({ remove: [{ key: 'g', values: links[index] }] }),
  ];
  for (let index = 0; index < count; index++) yield steps[index % 4](Math.floor(index / 4));
}

/** As a server does it: compacted when it is due, while changes go on. */
async function changeAll(policy, changes) {
  const counts = { compactions: 0, mostSegments: 0 };
  let current = policy;
  let since;
  let compacting;
  for (const change of changes) {
    current = changePolicy(current, change);
    since?.push(change);
    counts.mostSegments = Math.max(counts.mostSegments, current.parts.segments.length);
    await setImmediate();
    if (since !== undefined || !current.isFragmented) continue;
    since = [];
    counts.compactions += 1;
    const finish = (compacted) => {
      current = since.reduce(changePolicy, compacted);
      since = undefined;
    };
    compacting = compactPolicy(current).then(finish);
  }
  await compacting;
  return { policy: current, ...counts };
}

function timeChanges(policy, count) {
  const startedAt = performance.now();
  let current = policy;
  for (let index = 0; index < count; index++) {
    const line = { key: 'p', values: [`role${index}`, `/new/${index}`, 'read'] };
    current = changePolicy(changePolicy(current, { add: [line] }), { remove: [line] });
  }
  return ((performance.now() - startedAt) * 1000) / count / 2;
}

/** A policy that has seen many changes beside one that is built of the same lines. */
async function compareChanged(size, { rounds, requestsPerRound, changes }) {
  const { rules: all, links } = createRules(size + Math.ceil(changes / 4));
  const base = { rules: all.slice(0, size), links: [...links.slice(0, size), ...links.slice(all.length)] };
  const built = await buildPolicy(readModel(roleModel), linesOf(base));
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const { policy, ...counts } = await changeAll(built, changesOf({ rules: all, links }, size, changes));
  delay.disable();
  const lines = [
    ...[...policy.rules()].map(({ values }) => ({ key: 'p', values })),
    ...[...policy.links()].map(({ member, role }) => ({ key: 'g', values: [member, role] })),
  ];
  const both = { changed: policy, fresh: await buildPolicy(readModel(roleModel), lines) };
  const rules = [...policy.rules()].map(({ values }) => values);
  const members = new Map([...policy.links()].map(({ member, role }) => [role, member]));
  const requests = Array.from({ length: requestsPerRound }, (_, index) => {
    const [role, object] = rules[(index * 61_837) % rules.length];
    return [members.get(role) ?? role, object.replace('*', `x${index}`), 'purge'];
  });
  const times = { decision: { changed: [], fresh: [] }, change: { changed: [], fresh: [] } };
  for (let round = -1; round < rounds; round++) {
    for (const name of Object.keys(both).toSorted(() => Math.random() - 0.5)) {
      const decision = await timeRound((request) => both[name].decide(request).effect === 'allow', requests, false);
      const change = timeChanges(both[name], 100);
      if (round < 0) continue;
      times.decision[name].push(decision);
      times.change[name].push(change);
    }
  }
  const ratio = ({ changed, fresh }) => rounded(median(changed.map((time, round) => time / fresh[round])));
  return {
    ...{ rules: size, changes, ...counts, longestStallMilliseconds: rounded(delay.max / 1e6) },
    ...{ segments: policy.parts.segments.length, decisionTimesFresh: ratio(times.decision) },
    changeTimesFresh: ratio(times.change),
  };
}

const patternModels = {
  exact: { matcher: 'r.sub == p.sub && r.obj == p.obj && r.act == p.act', object: (index) => `/a/${index}/b` },
  keyMatch: {
    matcher: 'r.sub == p.sub && keyMatch(r.obj, p.obj) && r.act == p.act',
    object: (index) => `/a/${index}/*`,
  },
  keyMatch2: {
    matcher: 'r.sub == p.sub && keyMatch2(r.obj, p.obj) && r.act == p.act',
    object: (index) => `/a/${index}/:id`,
  },
  regexMatch: {
    matcher: 'r.sub == p.sub && regexMatch(r.obj, p.obj) && r.act == p.act',
    object: (index) => `^/a/${index}/[a-z]+$`,
  },
};

/** Rules that are all patterns, beside rules that are none. */
async function comparePatterns(size, { rounds, requestsPerRound }) {
  const requests = Array.from({ length: requestsPerRound }, (_, index) => {
    const at = (index * 61_837) % size;
    return [`user${at % 100}`, `/a/${at}/b`, 'read'];
  });
  const deciders = {};
  for (const [name, { matcher, object }] of Object.entries(patternModels)) {
    const lines = Array.from({ length: size }, (_, index) => ({
      key: 'p',
      values: [`user${index % 100}`, object(index), 'read'],
    }));
    const policy = await buildPolicy(readModel(modelOf(matcher, false)), lines);
    deciders[name] = (request) => policy.decide(request).effect === 'allow';
  }
  const times = Object.fromEntries(Object.keys(patternModels).map((name) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const name of Object.keys(patternModels).toSorted(() => Math.random() - 0.5)) {
      const time = await timeRound(deciders[name], requests, true);
      if (round >= 0) times[name].push(time);
    }
  }
  return Object.keys(patternModels).map((name) => ({
    ...{ patterns: name, rules: size, microseconds: rounded(median(times[name])) },
    timesSlowerThanExact: rounded(median(times[name].map((time, round) => time / times.exact[round]))),
  }));
}

export async function run(options = usual) {
  const rows = [];
  const loading = [];
  for (const size of options.sizes) {
    const policy = createRules(size);
    const deciders = await createDeciders(policy);
    for (const outcome of ['allowed', 'denied']) {
      const requests = createRequests(policy, outcome, options.requestsPerRound);
      const times = await compare(deciders, requests, outcome === 'allowed', options);
      rows.push(...toRows(times, size, outcome));
    }
  }
  for (const size of options.sizes) {
    const { policy, row } = await load(size);
    loading.push({ ...row, ...change(policy, options.rounds) });
  }
  const patterns = await comparePatterns(options.sizes.at(-1) >= 10_000 ? 10_000 : 100, options);
  const changed = [];
  for (const size of options.sizes.slice(-2)) changed.push(await compareChanged(size, options));
  const sections = { rows, loading, patterns, changed };
  return { ...sections, text: textOf(sections, options) };
}

function textOf({ rows, loading, patterns, changed }, { rounds }) {
  return [
    `${roleModel.split('\n').at(-2)}; ${rounds} rounds, medians; factors within a round`,
    ...rows.map(({ case: name, rules, outcome, microseconds, timesFasterThan }) => {
      const than = Object.entries(timesFasterThan).map(([other, factor]) => `${factor} × ${other}`);
      const cells = [String(rules).padStart(7), outcome.padEnd(8), name.padEnd(19), `${microseconds} µs`.padEnd(12)];
      return `${cells.join(' ')} ${than.join(', ')}`;
    }),
    '',
    'reading and indexing the CSV; then one rule more, one less',
    ...loading.map(
      (row) =>
        `${String(row.lines).padStart(7)} lines  ${row.seconds} s, longest stall ${row.longestStallMilliseconds} ms, ${row.heapMegabytes} MB; + ${row.addMilliseconds} ms, - ${row.removeMilliseconds} ms`,
    ),
    '',
    'rules that are all patterns',
    ...patterns.map(
      (row) =>
        `${String(row.rules).padStart(7)} ${row.patterns.padEnd(11)} ${row.microseconds} µs, ${row.timesSlowerThanExact} × exact`,
    ),
    '',
    'after many changes, compacted when it is due, beside a policy that is built of the same lines',
    ...changed.map(
      (row) =>
        `${String(row.rules).padStart(7)} rules, ${row.changes} changes: a decision ${row.decisionTimesFresh} ×, a change ${row.changeTimesFresh} ×; ${row.compactions} compactions, longest stall ${row.longestStallMilliseconds} ms, at most ${row.mostSegments} segments`,
    ),
  ].join('\n');
}
