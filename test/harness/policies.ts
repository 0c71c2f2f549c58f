import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { casbinAuthorizationOptionsSchema, createCasbinAuthorization } from '@agentflow/authorization';
import { type InspectedPolicy, inspectPolicy } from '@agentflow/authorization/inspection';
import {
  type AuthorizationBackend,
  createPrincipal,
  type Decision,
  silentLog,
  systemClock,
  type User,
  userOf,
} from '@agentflow/core';
import { onTestFinished } from 'vitest';

/** Somebody with these roles, as a backend gets them. */
export function somebody(
  subject: string,
  roles: readonly string[] = [],
  more: { realm?: string; tenant?: string } = {},
): User {
  return userOf(createPrincipal({ realm: 'local', subject, roles, ...more }));
}

/** A folder for the files of one test; gone after it. */
export function policyFolder(files: Readonly<Record<string, string | Buffer>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'agentflow-policy-'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** What a backend of ours is given. */
export function surroundingsIn(directory: string) {
  return {
    ...{ directory, path: ['authorization'], clock: systemClock, log: silentLog, announce: () => undefined },
    // A policy in a file keeps nothing in a database.
    openStores: () => Promise.reject(new Error('there are no stores in this test')),
    ...{ isTrial: false, isReload: false },
  };
}

/** A policy to be asked why and who; with our usual model unless another is given. */
export async function inspectedOf(policy: string, model?: string): Promise<InspectedPolicy> {
  const directory = policyFolder({ 'policy.csv': policy, ...(model !== undefined && { 'model.conf': model }) });
  const options = casbinAuthorizationOptionsSchema.parse({
    method: 'casbin',
    policy: 'policy.csv',
    ...(model !== undefined && { model: 'model.conf' }),
  });
  return inspectPolicy(options, { directory, path: ['authorization'] });
}

/** The Casbin backend of a policy, with our usual model unless another is given; closed after the test. */
export async function casbinOf(policy: string, model?: string): Promise<AuthorizationBackend> {
  const directory = policyFolder({ 'policy.csv': policy, ...(model !== undefined && { 'model.conf': model }) });
  const options = casbinAuthorizationOptionsSchema.parse({
    method: 'casbin',
    policy: 'policy.csv',
    ...(model !== undefined && { model: 'model.conf' }),
  });
  const backend = await createCasbinAuthorization(options, surroundingsIn(directory));
  onTestFinished(() => backend.close());
  return backend;
}

/** The decision of a backend that answers at once. */
export function decisionOf(
  backend: AuthorizationBackend,
  user: User,
  permission: string,
  resourceId?: string,
): Decision {
  const [resource = '', action = ''] = permission.split(':');
  const decision = backend.authorize(user, resource, action, resourceId);
  if (typeof decision !== 'object' || !('effect' in decision)) throw new Error('no decision at once');
  return decision;
}
