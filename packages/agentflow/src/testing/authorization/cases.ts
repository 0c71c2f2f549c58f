import type { PrincipalFields } from '@agentflow/core';
import type { Runner } from '../runner.js';

/** Somebody who wants something. */
export interface AccessCase {
  /** Names it among the tests. */
  readonly what: string;
  /** `realm` is `local` if absent. */
  readonly user: Omit<PrincipalFields, 'realm'> & { readonly realm?: string };
  readonly resource: string;
  readonly action: string;
  readonly resourceId?: string;
}

export interface AllowedCase extends AccessCase {
  /** Whoever is authenticated may do this: it does not depend on subject or roles. */
  readonly everybody?: boolean;
  /** This user may do whatever there is, by a wildcard: also what has no name yet. */
  readonly wildcard?: boolean;
}

export interface AuthorizationCases {
  /** At least one. */
  readonly allowed: readonly AllowedCase[];
  /** At least one, unless the backend allows everything. */
  readonly denied: readonly AccessCase[];
  /** Only for a backend that is there to allow everything, and is named so that nobody overlooks it. */
  readonly allowsEverything?: boolean;
  /** For every single answer; 5000 if absent. */
  readonly deadlineMilliseconds?: number;
  /** Node's own if absent. */
  readonly runner?: Runner;
}

/** @throws {TypeError} if there is nothing to check: a suite that cannot fail proves nothing */
export function requireCases({ allowed, denied, allowsEverything = false }: AuthorizationCases): void {
  if (allowed.length === 0) throw new TypeError('describeAuthorizationBackend needs at least one allowed case');
  if (allowsEverything !== (denied.length === 0)) {
    throw new TypeError('a backend has denied cases, or it allows everything: not neither, and not both');
  }
}
