import { createPrincipal, PrincipalFieldError, readActor } from '@agentflow/core';
import type { JsonValue } from '@agentflow/protocol';
import { follow } from '../jwt/claim-paths.js';
import { EndpointError } from './fetch/endpoint-error.js';
import type { VerifyOptions } from './options.js';
import { holdsToken, requireOtherNames } from './repeated-token.js';
import type { Verdict } from './verdict.js';

type Fields = Readonly<Record<string, unknown>>;

export interface AnswerRules {
  readonly fields: VerifyOptions['fields'];
  readonly realm: string;
}

/** Beyond it a number of seconds is one of milliseconds: the year 5138. */
const lastSecond = 1e11;

/**
 * Reads the mapped fields, and no others. An answer that lacks them, or has them with another type, is no answer: it says
 * something about the endpoint and nothing about the token. `now` is in milliseconds.
 * @throws {EndpointError} which names the field, never its value
 */
export function readAnswer(answer: Fields, token: string, { fields, realm }: AnswerRules, now: number): Verdict {
  if (!isActive(answer, fields.active))
    return { kind: 'bad', reason: 'the verify endpoint says that it is not active' };
  // RFC 7800 §3.1: it is worth nothing without a proof that nobody is asked for here.
  if (answer['cnf'] !== undefined) return { kind: 'bad', reason: 'it is bound to a key ("cnf")' };
  const expiresAt = readTime(answer, fields.expires_at, 'expires_at');
  if (expiresAt !== undefined && expiresAt <= now) return { kind: 'bad', reason: 'it has expired' };
  const issuedAt = readTime(answer, fields.issued_at, 'issued_at');
  const credentialId = readText(answer, fields.token_id, 'token_id');
  const subject = readText(answer, fields.subject, 'subject');
  if (subject === undefined) throw new EndpointError('the answer has no subject');
  const tenant = fields.tenant && readText(answer, fields.tenant, 'tenant');
  if (fields.tenant !== undefined && tenant === undefined) throw new EndpointError('the answer has no tenant');
  const readRoles = (of: Fields) => fields.roles && readList(of, fields.roles, 'roles', false);
  const roles = readRoles(answer);
  const scopes = fields.scopes && readList(answer, fields.scopes, 'scopes', true);
  const claims = readClaims(answer, fields.claims, token);
  const evidence = { credentialId, issuedAt, ...(expiresAt !== undefined && { expiresAt }) };
  const acting = find(answer, fields.actor);
  const readTenant = (of: Fields) => fields.tenant && find(of, fields.tenant);
  const source = { realm, issuer: answer['iss'], tenant, readTenant, readRoles };
  try {
    const actor = acting === undefined ? undefined : readActor(acting, source);
    const principal = createPrincipal({ realm, subject, tenant, roles, scopes, claims, actor });
    requireOtherNames(principal, credentialId, token);
    return { kind: 'good', principal, evidence };
  } catch (error) {
    if (error instanceof TypeError || error instanceof PrincipalFieldError)
      throw new EndpointError(`the answer cannot be used: ${error.message}`);
    throw error;
  }
}

/** RFC 7662 §2.2: a boolean. What is neither true nor false is taken for neither. */
function isActive(answer: Fields, paths: readonly string[] | undefined): boolean {
  const active = find(answer, paths ?? ['active']);
  if (active === undefined && paths === undefined) return true;
  if (typeof active !== 'boolean') throw new EndpointError('active is not a boolean');
  return active;
}

/** The first path that leads somewhere. A whole name comes before a path, because names may have dots. */
function find(answer: Fields, paths: readonly string[]): unknown {
  for (const path of paths) {
    const value = Object.hasOwn(answer, path) ? answer[path] : follow(answer, path);
    if (value !== undefined) return value;
  }
  return undefined;
}

function readText(answer: Fields, paths: readonly string[], what: string): string | undefined {
  const value = find(answer, paths);
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value === '' || value.length > 255) throw new EndpointError(`${what} is not a text`);
  return value;
}

/** A scope is a list in one text, parted by spaces (RFC 6749 §3.3); a role is not. */
function readList(answer: Fields, paths: readonly string[], what: string, partedBySpaces: boolean): readonly string[] {
  const value = find(answer, paths);
  // Mapped and not there: none, which for scopes is the narrowest.
  if (value === undefined) return [];
  const list: unknown = typeof value === 'string' ? (partedBySpaces ? value.split(' ') : [value]) : value;
  if (!Array.isArray(list) || !list.every((item): item is string => typeof item === 'string')) {
    throw new EndpointError(`${what} is neither a text nor a list of texts`);
  }
  return list.filter((item) => item !== '');
}

/** Milliseconds since the epoch, from a NumericDate (RFC 7519 §2) or a text (RFC 3339). */
function readTime(answer: Fields, paths: readonly string[], what: string): number | undefined {
  const value = find(answer, paths);
  if (value === undefined) return undefined;
  if (typeof value === 'number' && value >= 0 && value <= lastSecond) return value * 1000;
  const isDate =
    typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i.test(value);
  const time = isDate ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) throw new EndpointError(`${what} is not a time`);
  return time;
}

/** What the answer says about its bearer goes to the graph and its logs: a claim with the token in it does not. */
function readClaims(answer: Fields, names: VerifyOptions['fields']['claims'], token: string) {
  const claims: Record<string, JsonValue> = {};
  for (const [name, paths] of Object.entries(names)) {
    // Parsed from JSON, and so nothing else.
    const value = find(answer, paths) as JsonValue | undefined;
    if (value !== undefined && !holdsToken(JSON.stringify(value), token)) claims[name] = value;
  }
  return claims;
}
