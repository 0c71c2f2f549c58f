import { createAsker, reportDecision, writeDecision } from '@agentflow/authorization/inspection';
import { exitCodes } from '../print-faults.js';
import { readClaims } from '../read-claims.js';
import { loadConfiguredPolicy, type PolicyOptions } from './configured-policy.js';
import { print, printJson } from './print.js';
import { readPermission } from './read-permission.js';

export interface ExplainOptions extends PolicyOptions {
  readonly user?: string | undefined;
  readonly role?: readonly string[] | undefined;
  readonly tenant?: string | undefined;
  readonly realm?: string | undefined;
  readonly claim?: readonly string[] | undefined;
  readonly on?: string | undefined;
}

/** Says whether somebody may do something, and why; exit code 1 if they may not. */
export async function explain(text: string, options: ExplainOptions): Promise<void> {
  const permission = readPermission(text);
  const { user, role, tenant, realm, claim = [], on, json } = options;
  const { inspected, others } = await loadConfiguredPolicy(options);
  const claims = readClaims(claim);
  const asker = createAsker(inspected, { subject: user, roles: role, tenant, realm, claims });
  const report = reportDecision(inspected, { asker, permission, id: on });
  if (report.effect === 'deny') process.exitCode = exitCodes.failure;
  if (json === true) {
    printJson({ ...report, others });
    return;
  }
  print([...writeDecision(report), ...othersLines(others)]);
}

/** The policy is not alone in a list. */
function othersLines(others: readonly string[]): readonly string[] {
  return others.length === 0 ? [] : ['', `  Besides this policy, all of these must allow it: ${others.join(', ')}.`];
}
