import type { User } from '@agentflow/core';
import {
  createExplainer,
  type Explanation,
  knownEffect,
  type Outcome,
  type Policy,
  type RequestValue,
  type RoleChain,
  type Rule,
  type RuleMatch,
} from '@agentflow/policy';
import { type LoadedPolicy, loadPolicy } from '../load-policy.js';
import type { CasbinAuthorizationOptions } from '../options.js';
import type { PlacedPolicy } from '../placed-policy.js';
import { createPolicyRequests } from '../policy-request.js';
import { type NamesInPolicy, namesIn } from './names-in-policy.js';
import { linesOfText, type WrittenLines } from './written-lines.js';

/** One question to a policy. */
export interface Question {
  readonly user: User;
  /** `graph:invoke` */
  readonly permission: string;
  /** Of the thread, tool or node. */
  readonly id?: string | undefined;
}

/** A policy with its text, to be asked why and who. It decides exactly as it does in a server. */
export interface InspectedPolicy {
  readonly policy: Policy;
  /** Its name, as places have it. */
  readonly file: string;
  readonly names: NamesInPolicy;
  /** Lines that say what an earlier one says, in other words: they are no rules of their own. */
  readonly repeated: readonly { readonly place: string; readonly rule: string }[];
  readonly decide: (question: Question) => Outcome;
  /** The same as the server has it: with a reason, and about many. */
  readonly answers: Pick<PlacedPolicy, 'decide' | 'decideAboutMany'>;
  /** What it decides whatever claims there are; undefined where it depends on them. */
  readonly knownEffect: (question: Question) => Outcome['effect'] | undefined;
  readonly explain: (question: Question) => Explanation;
  /** How one rule matches that decides. */
  readonly matchOf: (question: Question, rule: Rule) => RuleMatch;
  /** Every name that rules may call somebody by: their own, their roles', and what these have. */
  readonly namesOf: (user: User) => ReadonlySet<string>;
  /** `policy.csv:3` */
  readonly placeOf: (rule: Rule) => string;
  /** The line as it stands in the file. */
  readonly textOf: (rule: Rule) => string;
  /** Where a link stands; undefined where the policy has no such link. */
  readonly placeOfLink: (chain: Pick<RoleChain, 'link' | 'domain'>, member: string, role: string) => string | undefined;
}

/**
 * Reads a policy for inspection.
 * @throws {ConfigurationError} with the lines of all that is wrong
 */
export async function inspectPolicy(
  options: CasbinAuthorizationOptions,
  place: { readonly directory: string; readonly path: readonly (string | number)[] },
): Promise<InspectedPolicy> {
  return inspectText(await loadPolicy(options, place));
}

const known = new WeakMap<LoadedPolicy, InspectedPolicy>();

/** The same of one that is loaded from a file. Made once for each: its text is read for it. */
export function inspectText(loaded: LoadedPolicy): InspectedPolicy {
  const inspected = known.get(loaded) ?? inspectLoaded(loaded, linesOfText(loaded.text));
  known.set(loaded, inspected);
  return inspected;
}

/** The same of one that is loaded. */
export function inspectLoaded(answers: PlacedPolicy, written: WrittenLines): InspectedPolicy {
  const { policy, file } = answers;
  const links = linkLines(written);
  const repeated = repeatedLines(written, policy).map((line) => {
    return { place: `${file}:${line}`, rule: written.textOf(line) };
  });
  const toRequest = createPolicyRequests(policy.model);
  const requestOf = ({ user, permission, id }: Question) => {
    const [resource = '', action = ''] = permission.split(':');
    return toRequest(user, resource, action, id);
  };
  const explainer = createExplainer(policy);
  return {
    ...{ policy, file, names: namesIn(policy), repeated, answers },
    decide: (question) => policy.decide(requestOf(question)),
    knownEffect: (question) => knownEffect(policy, requestOf(question)),
    explain: (question) => explainer.explain(requestOf(question)),
    matchOf: (question, rule) => explainer.matchOf(requestOf(question), rule),
    namesOf: (user) => subjectNames(policy, toRequest(user, '', '', undefined)),
    placeOf: ({ line }) => `${file}:${line}`,
    textOf: ({ line = 0 }) => written.textOf(line),
    placeOfLink: ({ link, domain }, member, role) => {
      const line = links.get(keyOf(link, domain === undefined ? [member, role] : [member, role, domain]));
      return line === undefined ? undefined : `${file}:${line}`;
    },
  };
}

function subjectNames({ model, parts }: Policy, request: readonly RequestValue[]): ReadonlySet<string> {
  const [who, domain] = [request[model.request.indexOf('sub')] ?? '', request[model.request.indexOf('dom')]];
  const index = parts.compiled.links.indexOf('g');
  const isIn = model.links.get('g') === 3 && typeof domain === 'string' ? domain : undefined;
  return parts.graphs[index]?.namesOf(who, isIn) ?? new Set(typeof who === 'string' ? [who] : [who.name]);
}

/** The graph of roles keeps no lines: it answers requests, which need none. */
function linkLines({ lines }: WrittenLines): ReadonlyMap<string, number> {
  const links = lines.filter(({ key }) => key.startsWith('g'));
  return new Map(links.map(({ key, values, line }) => [keyOf(key, values), line ?? 0]));
}

function repeatedLines({ lines }: WrittenLines, policy: Policy): readonly number[] {
  const known = new Set([...policy.rules()].map(({ line }) => line));
  const rules = lines.filter(({ key }) => key === policy.model.ruleKey);
  return rules.flatMap(({ line }) => (known.has(line) ? [] : [line ?? 0]));
}

function keyOf(link: string, values: readonly string[]): string {
  return JSON.stringify([link, ...values]);
}
