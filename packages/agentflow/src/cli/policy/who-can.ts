import { type MatchReport, policyChains, type WhoCanReport, whoCan } from '@agentflow/authorization/inspection';
import { loadConfiguredPolicy, type PolicyOptions } from './configured-policy.js';
import { print, printJson } from './print.js';
import { readPermission } from './read-permission.js';

export interface WhoCanOptions extends PolicyOptions {
  readonly tenant?: string | undefined;
  readonly on?: string | undefined;
}

/** Lists who may do something, of all whom the policy names. */
export async function listWhoCan(text: string, options: WhoCanOptions): Promise<void> {
  const permission = readPermission(text);
  const { inspected } = await loadConfiguredPolicy(options);
  const report = whoCan(inspected, { permission, id: options.on, tenant: options.tenant });
  if (options.json === true) printJson(report);
  else print([...answer(report), '', ...caveats(report, inspected.names.asksClaims).map((line) => `  ${line}`)]);
}

function answer(report: WhoCanReport): readonly string[] {
  const { does, on, tenant, everybody, is_open: isOpen, may, except } = report;
  const what = `${does}${on === null ? '' : ` on ${on}`}${tenant === undefined ? '' : ` in the tenant ${tenant}`}`;
  const rows = table(isOpen ? except : may);
  if (!isOpen && rows.length === 0) return [`${what}: nobody whom the policy names`];
  if (!isOpen) return [`${what}:`, '', ...rows];
  const by = everybody === null ? '' : `, by ${ruleOf(everybody)}`;
  return [`${what}: everybody who is authenticated${by}`, ...(rows.length === 0 ? [] : ['', '  but not', ...rows])];
}

function table(list: WhoCanReport['may']): readonly string[] {
  const names = list.map(({ name, kind }) => (kind === 'role' ? `role ${name}` : name));
  const rules = list.map(({ decided_by: by }) => (by === null ? 'no rule allows it' : ruleOf(by)));
  const width = Math.max(0, ...names.map(({ length }) => length));
  const ruleWidth = Math.max(0, ...rules.map(({ length }) => length));
  return list.map(({ decided_by: by }, index) => {
    const chain = by === null ? '' : policyChains(by);
    return `  ${names[index]?.padEnd(width)}  ${rules[index]?.padEnd(ruleWidth)}  ${chain}`;
  });
}

function ruleOf({ place, rule }: MatchReport): string {
  return `${place}  ${rule}`;
}

function caveats({ nobody }: WhoCanReport, asksClaims: boolean): readonly string[] {
  return [
    'Each role is asked about alone, and each principal without the roles of a credential.',
    'Which credentials carry which roles, the policy does not know: they come on top of this list.',
    ...(asksClaims ? ['The model asks for claims, and everybody is asked about without any.'] : []),
    ...nobody.map((name) => `"${name}" is a name that nobody can have.`),
  ];
}
