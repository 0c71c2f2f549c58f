import { createHash, randomBytes } from 'node:crypto';
import {
  authenticated,
  type BackendSurroundings,
  ConfigurationError,
  type ConfigurationFault,
  createPrincipal,
  type HeaderFields,
  localRealm,
  type SignedBy,
  type SignedMessage,
  type Webhooks,
} from '@agentflow/core';
import { findHookKeys, type HookKeys } from './find-hook-keys.js';
import type { HookOptions, WebhooksOptions } from './options.js';
import { readInputOf, readThreadOf } from './read-payload.js';
import { type Claimed, isSignedBy, readGithub, readStandard, type SignatureFormat } from './signature.js';

/** Standard Webhooks, "Verifying webhook authenticity": on both sides, because clocks differ. */
const toleranceMilliseconds = 5 * 60_000;

const day = 24 * 60 * 60_000;

/**
 * A service that signs the time may come again for three days (the schedule of Standard Webhooks ends after 76 hours), and what is older than
 * the tolerance was signed anew. Where no time is signed, nothing but this stands against who has overheard a delivery.
 */
const rememberMilliseconds: Readonly<Record<SignatureFormat, number>> = { standard: 4 * day, github: 90 * day };

interface Hook extends HookKeys {
  readonly name: string;
  readonly options: HookOptions;
}

/** @throws {ConfigurationError} with the faults of all of them */
export function createWebhooks(options: WebhooksOptions, surroundings: BackendSurroundings): Webhooks {
  const hooks = new Map(findHooks(options, surroundings).map((hook) => [hook.name, hook]));
  const all = [...hooks.values()];
  const formats = new Set(all.map(({ options: { format } }) => format));
  // A name that there is not is held against a key that nobody has; and each name against as many keys as any other.
  const keysOfEach = Math.max(...all.map(({ keys }) => keys.length));
  const padding = Array.from({ length: keysOfEach }, () => randomBytes(32));

  return {
    maxBodyBytes: Math.max(...all.map(({ options: { max_body } }) => max_body)),
    precheck: (headers) => precheck(headers, formats, surroundings),
    verify(message) {
      const hook = hooks.get(message.hook);
      const { headers, body } = message;
      const claimed = hook && read(headers, hook.options.format);
      const own = hook?.keys ?? [];
      const worked = claimed ?? readStandard(headers) ?? readGithub(headers);
      const isGood = worked !== undefined && isSignedBy([...own, ...padding.slice(own.length)], worked, body);
      if (hook === undefined) return { reason: `${describeName(message)}: there is no such webhook` };
      if (claimed === undefined) return { reason: `${hook.name}: not signed as ${hook.options.format} webhooks are` };
      return isGood ? signedBy(hook, claimed, message) : { reason: `${hook.name}: signed with another secret` };
    },
    challenge: () => ({ scheme: 'Webhook', parameters: { realm: 'agentflow' } }),
    describe: () => all.map((hook) => ({ hook: hook.name, how: describeHook(hook) })),
  };
}

function findHooks(options: WebhooksOptions, surroundings: BackendSurroundings): readonly Hook[] {
  const faults: ConfigurationFault[] = [];
  const hooks = Object.entries(options).flatMap(([name, hook]): Hook[] => {
    try {
      return [{ name, options: hook, ...findHookKeys(hook, [...surroundings.path, name], surroundings) }];
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      faults.push(...error.faults);
      return [];
    }
  });
  if (faults.length > 0) throw new ConfigurationError(faults);
  return hooks;
}

function read(headers: HeaderFields, format: SignatureFormat): Claimed | undefined {
  return format === 'github' ? readGithub(headers) : readStandard(headers);
}

/** Alike for every name: what is there of each form that any hook takes, and all of it of now. */
function precheck(headers: HeaderFields, formats: ReadonlySet<SignatureFormat>, { clock }: BackendSurroundings) {
  const claims = [...formats].map((format) => read(headers, format)).filter((one) => one !== undefined);
  if (claims.length === 0) return { reason: 'no header fields of a signature' };
  const isOfNow = claims.every(
    ({ signedAt }) => signedAt === undefined || Math.abs(clock.now() - signedAt) <= toleranceMilliseconds,
  );
  return isOfNow ? undefined : { reason: 'signed for another time than now' };
}

function signedBy({ name, options }: Hook, claimed: Claimed, { body }: SignedMessage): SignedBy {
  const { roles, scopes, tenant, format } = options;
  const principal = createPrincipal({ realm: localRealm, subject: `webhook:${name}`, roles, scopes, tenant });
  const { label, signedAt } = claimed;
  return {
    result: authenticated(principal, signedAt === undefined ? {} : { issuedAt: signedAt }),
    delivery: {
      hook: name,
      id: claimed.id === '' ? createHash('sha256').update(body).digest('hex') : claimed.id,
      label,
      rememberMilliseconds: rememberMilliseconds[format],
      waits: options.wait,
      maxBodyBytes: options.max_body,
      read: (payload, text) => ({
        input: readInputOf(options, payload, text),
        threadId: readThreadOf(options, name, payload),
      }),
    },
  };
}

/** For the log, of what a stranger has written. */
function describeName({ hook }: SignedMessage): string {
  return JSON.stringify(hook.slice(0, 64));
}

function describeHook({ options: { format, roles, scopes }, keys, sources }: Hook): string {
  const secrets = `${keys.length === 1 ? '1 secret' : `${keys.length} secrets`} from ${sources.join(', ')}`;
  const as = roles === undefined || roles.length === 0 ? '' : `, as ${roles.join(', ')}`;
  return `${format}, ${secrets}${as}, for ${scopes.join(', ')}`;
}
