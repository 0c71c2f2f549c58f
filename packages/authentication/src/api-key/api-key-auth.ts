import {
  type ApiKeyIssuer,
  type AuthenticatedResult,
  type AuthenticationContext,
  type AuthenticationRequest,
  type AuthenticationResult,
  actForHeader,
  authenticated,
  type BackendSurroundings,
  BaseAuth,
  type Clock,
  type Credential,
  type CredentialUse,
  createPrincipal,
  type HeaderFields,
  notApplicable,
  rejected,
} from '@agentflow/core';
import { checkKeys } from './check-keys.js';
import { type FoundKey, findDeclaredKeys, findEnvironmentKeys } from './find-keys.js';
import type { IssuedKeys } from './issued/issued-keys.js';
import { issuedPrefix } from './issued/key-form.js';
import type { FindConfigured } from './issued/owner-now.js';
import { createKeyRing, type KeyRing, type RememberedKey } from './key-ring.js';
import { type ApiKeyAuthOptions, isNameable, maxKeyLength } from './options.js';
import type { UnusualUse } from './unusual-use.js';
import { asTheyAreNow, type FindUser, isOfUsers } from './users-of-keys.js';

interface ApiKeyRules {
  readonly header: string;
  readonly bearer: boolean;
  /** Whether any key acts for others. */
  readonly acts: boolean;
  readonly description: string;
  /** Absent: no other keys than those of the configuration. */
  readonly issued: IssuedKeys | undefined;
  /** Of the keys of the configuration. Absent where nothing is served. */
  readonly uses: UnusualUse | undefined;
  /** Absent: the server has no users. */
  readonly findUser: FindUser | undefined;
}

/** Knows somebody by a long-lived key in a header field. */
class ApiKeyAuth extends BaseAuth {
  readonly #findKey: KeyRing;
  readonly #name: string;
  readonly #header: string;
  readonly #bearer: boolean;
  readonly #acts: boolean;
  readonly #description: string;
  readonly #issued: IssuedKeys | undefined;
  readonly #uses: UnusualUse | undefined;
  readonly #findUser: FindUser | undefined;
  readonly #clock: Clock;

  constructor(
    findKey: KeyRing,
    { header, bearer, acts, description, issued, uses, findUser }: ApiKeyRules,
    clock: Clock,
  ) {
    super();
    this.#findKey = findKey;
    this.#name = header;
    this.#header = header.toLowerCase();
    this.#bearer = bearer;
    this.#acts = acts;
    this.#description = description;
    this.#issued = issued;
    this.#uses = uses;
    this.#findUser = findUser;
    this.#clock = clock;
  }

  override reads(headers: HeaderFields, credential: Credential | null): readonly string[] {
    const inHeader = splitField(headers.get(this.#header));
    if (!this.#bearer || credential === null || !/^(?:bearer|apikey)$/.test(credential.scheme)) return inHeader;
    return credential.credentials === '' ? inHeader : [...inHeader, credential.credentials];
  }

  authenticate(
    { headers }: AuthenticationRequest,
    _context: AuthenticationContext,
    credential: Credential | null,
  ): AuthenticationResult | Promise<AuthenticationResult> {
    const [text, ...others] = this.reads(headers, credential);
    if (text === undefined) return notApplicable;
    // The pipeline has refused such a request already; nobody is to depend on that.
    if (others.some((other) => other !== text)) return rejected('two keys in one request');
    if (this.#issued !== undefined && text.startsWith(issuedPrefix)) return this.#issued.authenticate(text);
    const known = text.length <= maxKeyLength ? this.#findKey(text) : undefined;
    if (known === undefined) {
      // A Bearer token that is no key of ours may be for another backend; what stands in our own place is for us.
      const isShared = credential?.scheme === 'bearer' && splitField(headers.get(this.#header)).length === 0;
      return isShared ? notApplicable : rejected('the key is not known');
    }
    // RFC 7519 §4.1.4 in spirit: on or after the moment it is over. The caller is told no more than of an unknown key.
    if (known.expiresAt !== undefined && this.#clock.now() >= known.expiresAt) return rejected('the key has expired');
    const named = headers.get(actForHeader);
    const answer = named === null ? known.answer : this.#actFor(named, known);
    const findUser = this.#findUser;
    if (findUser === undefined || answer.kind !== 'authenticated' || !isOfUsers(answer)) return answer;
    return asTheyAreNow(answer, { findUser, clock: this.#clock });
  }

  /** The key is good, and its bearer names somebody for whom it acts. */
  #actFor(named: string, { answer, actsFor }: RememberedKey): AuthenticationResult {
    // Whoever puts a key into the wrong field must not find it in a log.
    if (!isNameable(named) || this.#findKey(named) !== undefined) return rejected(`${actForHeader} names nobody`);
    if (actsFor === 'any' || actsFor?.has(named) === true) return actingFor(named, answer);
    const { credentialId = '' } = answer.evidence;
    return rejected(`the key ${credentialId} does not act for ${JSON.stringify(named)}`);
  }

  override credentialHeaders(): readonly string[] {
    return [this.#name];
  }

  override companionHeaders(): readonly string[] {
    return this.#acts ? [actForHeader] : [];
  }

  override challenge() {
    return { scheme: 'ApiKey', parameters: { realm: 'agentflow' } };
  }

  override async admit(answer: AuthenticatedResult, use: CredentialUse): Promise<void> {
    if ((await this.#issued?.admit(answer, use)) === true) return;
    const { credentialId: id } = answer.evidence;
    if (id !== undefined) this.#uses?.note({ id, name: id }, use);
  }

  override describe(): string {
    return this.#issued === undefined ? this.#description : `${this.#description}; ${this.#issued.describe()}`;
  }

  override async close(): Promise<void> {
    await this.#issued?.close();
  }
}

/**
 * The principal that a key's own principal acts for: of the same tenant and realm, under the same scopes. Nobody vouches for its roles or
 * anything else about it: it may what the policy gives it by its name.
 */
function actingFor(subject: string, { principal, evidence }: AuthenticatedResult): AuthenticationResult {
  const { realm, tenant, scopes } = principal;
  return authenticated(createPrincipal({ realm, tenant, scopes, subject, actor: principal }), evidence);
}

/** The values of a field, of which repeated ones are joined by commas (RFC 9110 §5.3). No key has a comma. */
function splitField(value: string | null | undefined): readonly string[] {
  if (value === null || value === undefined || value === '') return [];
  if (!value.includes(',')) return [value];
  return value.split(',').map((part) => part.trim());
}

/** A backend, and the role that makes the bearer of its one key the administrator; undefined where it has several. */
export interface MadeApiKeyAuth {
  readonly backend: BaseAuth;
  readonly administratorRole: string | undefined;
  /** Where callers make keys of their own. */
  readonly apiKeys?: ApiKeyIssuer | undefined;
}

/** What there is beside the keys of the configuration. */
export interface ApiKeyCompanions {
  /** Told how many keys there are that nobody has issued. Absent: none are issued. */
  readonly createIssued?: ((findConfigured: FindConfigured, keyCount: number) => IssuedKeys) | undefined;
  /** Absent: the server has no users. */
  readonly findUser?: FindUser | undefined;
  /** Told how the keys of the configuration are used. */
  readonly uses?: UnusualUse | undefined;
}

/**
 * `sharedRole` is given to the bearer of the environment's key, if that is the only key there is.
 * @throws {ConfigurationError} if there is no key, or one that cannot be trusted
 */
export function createApiKeyAuth(
  options: ApiKeyAuthOptions,
  surroundings: BackendSurroundings,
  sharedRole: string | undefined,
  { createIssued, findUser, uses }: ApiKeyCompanions = {},
): MadeApiKeyAuth {
  const isFromEnvironment = options.keys === undefined && options.file === undefined;
  const found = isFromEnvironment
    ? findEnvironmentKeys(surroundings, createIssued !== undefined)
    : findDeclaredKeys(options, surroundings);
  // Not the last that is left of a list: taking keys back must give nobody more.
  const isShared = isFromEnvironment && found.length === 1 && found.every(({ isSingle }) => isSingle === true);
  const administratorRole = isShared ? sharedRole : undefined;
  const keys = administratorRole === undefined ? found : found.map((key) => withRole(key, administratorRole));
  checkKeys(keys, surroundings, createIssued !== undefined);
  const findKey = createKeyRing(keys);
  const issued = createIssued?.(createFindConfigured(keys, surroundings.clock), keys.length);
  const description = describeKeys(keys, options, administratorRole !== undefined);
  const acts = keys.some(({ actsFor }) => actsFor !== undefined);
  const rules = { header: options.header, bearer: options.bearer, acts, description, issued, uses, findUser };
  const backend = new ApiKeyAuth(findKey, rules, surroundings.clock);
  return { backend, administratorRole, apiKeys: issued?.issuer };
}

/** Whose a key is, as long as it is good. Remembers no key. */
function createFindConfigured(keys: readonly FoundKey[], clock: Clock): FindConfigured {
  const owners = new Map(keys.map(({ id, principal, expiresAt }) => [id, { principal, expiresAt }]));
  return (id) => {
    const owner = owners.get(id);
    return owner?.expiresAt !== undefined && clock.now() >= owner.expiresAt ? undefined : owner?.principal;
  };
}

function withRole(key: FoundKey, role: string): FoundKey {
  return { ...key, principal: createPrincipal({ ...key.principal, roles: [role] }) };
}

function describeKeys(
  keys: readonly FoundKey[],
  { header, bearer }: ApiKeyAuthOptions,
  isAdministrator: boolean,
): string {
  const where = bearer ? `${header} or Authorization` : header;
  const sources = [...new Set(keys.map(({ source }) => source))].join(', ');
  const count = keys.length === 1 ? '1 key' : `${keys.length} keys`;
  if (keys.length === 0) return where;
  const acting = keys.filter(({ actsFor }) => actsFor !== undefined).map(({ id }) => `"${id}"`);
  const others = acting.length === 0 ? '' : `; ${acting.join(', ')} may act for others`;
  return `${where}, ${count} from ${sources}${others}${isAdministrator ? '; whoever has it is the administrator' : ''}`;
}
