import { defaultTenant, localRealm, type PolicyQuestion, ValidationError } from '@agentflow/core';
import type { JsonObject } from '@agentflow/protocol';
import { type AskerFields, createAsker } from './asker.js';
import { reportDecision } from './decision-report.js';
import type { InspectedPolicy } from './inspected-policy.js';
import { onePermission } from './policy-cases.js';
import { whoSchema } from './who-schema.js';
import { writeDecision } from './write-decision.js';

/**
 * What `agentflow policy explain --json` prints, of the policy that is in force, and the lines that it prints for people.
 * @throws {ValidationError} if the question is none
 */
export function answerQuestion(inspected: InspectedPolicy, question: PolicyQuestion): JsonObject {
  const permission = onePermission(question.does);
  if (typeof permission !== 'string') throw invalid('does', `${permission.message}. ${permission.remedy}`);
  const asker = createAsker(inspected, readWho(question));
  const report = reportDecision(inspected, { asker, permission, id: question.on });
  return { ...(report as unknown as JsonObject), lines: [...writeDecision(report)] };
}

function readWho({ who, roles = [], tenant, realm, claims }: PolicyQuestion): AskerFields {
  const named = parseWho('who', who ?? {});
  return parseWho('roles', {
    ...pick('user', named.subject),
    ...pick('tenant', oneOf('tenant', named.tenant === defaultTenant ? undefined : named.tenant, tenant)),
    ...pick('realm', oneOf('realm', named.realm === localRealm ? undefined : named.realm, realm)),
    ...pick('claims', claims),
    roles: [...(named.roles ?? []), ...roles],
  });
}

/** A name may say it already. */
function oneOf(field: string, own: string | undefined, given: string | undefined): string | undefined {
  if (own === undefined || given === undefined || own === given) return own ?? given;
  throw invalid(field, `"who" names another: ${own}`);
}

function pick(field: string, value: unknown): object {
  return value === undefined ? {} : { [field]: value };
}

function parseWho(field: string, value: unknown): AskerFields {
  const read = whoSchema.safeParse(value);
  if (read.success) return read.data;
  const [first] = read.error.issues;
  throw invalid(field, first?.message ?? 'cannot be read');
}

function invalid(field: string, message: string): ValidationError {
  return new ValidationError([{ loc: ['body', field], msg: message, type: 'custom' }]);
}
