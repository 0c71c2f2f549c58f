import type { User } from '@agentflow/core';
import {
  createExplainer,
  type Explanation,
  knownEffect,
  type Outcome,
  type Policy,
  parseCsv,
  type RequestValue,
  type RoleChain,
  type Rule,
  type RuleMatch,
} from '@agentflow/policy';
import { readPolicy } from '../load-policy.js';
import type { CasbinAuthorizationOptions } from '../options.js';
import { createPolicyInFile, type PolicyInFile } from '../policy-in-file.js';
import { createPolicyRequests } from '../policy-request.js';
import { type NamesInPolicy, namesIn } from './names-in-policy.js';

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
  readonly answers: Pick<PolicyInFile, 'decide' | 'decideAboutMany'>;
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
  const { policy, text } = await readPolicy(options, place);
  const file = options.policy;
  const lines = text.split('\n');
  const links = linkLines(text);
  const repeated = repeatedLines(text, policy).map((line) => {
    return { place: `${file}:${line}`, rule: (lines[line - 1] ?? '').trim() };
  });
  const toRequest = createPolicyRequests(policy.model);
  const requestOf = ({ user, permission, id }: Question) => {
    const [resource = '', action = ''] = permission.split(':');
    return toRequest(user, resource, action, id);
  };
  const explainer = createExplainer(policy);
  return {
    ...{ policy, file, names: namesIn(policy), repeated },
    decide: (question) => policy.decide(requestOf(question)),
    answers: createPolicyInFile(policy, file),
    knownEffect: (question) => knownEffect(policy, requestOf(question)),
    explain: (question) => explainer.explain(requestOf(question)),
    matchOf: (question, rule) => explainer.matchOf(requestOf(question), rule),
    namesOf: (user) => subjectNames(policy, toRequest(user, '', '', undefined)),
    placeOf: ({ line }) => `${file}:${line}`,
    textOf: ({ line = 0 }) => (lines[line - 1] ?? '').trim(),
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
function linkLines(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  for (const read of parseCsv(text)) {
    if (!('message' in read) && read.key.startsWith('g')) lines.set(keyOf(read.key, read.values), read.line ?? 0);
  }
  return lines;
}

function repeatedLines(text: string, policy: Policy): readonly number[] {
  const known = new Set([...policy.rules()].map(({ line }) => line));
  return [...parseCsv(text)].flatMap((read) => {
    const isRepeated = !('message' in read) && read.key === policy.model.ruleKey && !known.has(read.line);
    return isRepeated ? [read.line ?? 0] : [];
  });
}

function keyOf(link: string, values: readonly string[]): string {
  return JSON.stringify([link, ...values]);
}
