import { type BackendSurroundings, ConfigurationError, type ConfigurationFault } from '@agentflow/core';
import {
  fillIntrospectionOptions,
  fillIssuerOptions,
  fillVerifyOptions,
  type IntrospectionOptions,
  type IssuerOptions,
  type OAuthAuthOptions,
  type VerifyOptions,
} from './options.js';

/** What an entry is: each form finds out in another way whose a token is. */
export type OAuthForm =
  | { readonly kind: 'issuer'; readonly options: IssuerOptions }
  | { readonly kind: 'introspection'; readonly options: IntrospectionOptions }
  | { readonly kind: 'verify'; readonly options: VerifyOptions };

type Kind = OAuthForm['kind'];

/** By which key an entry says which form it has; the first that is there decides. */
const deciding = { verify: 'verify_url', introspection: 'introspection', issuer: 'issuer' } as const;

/** Which keys mean something in which form. Those that are missing here mean something in all. */
const formsOf: Readonly<Partial<Record<keyof OAuthAuthOptions, readonly Kind[]>>> = {
  verify_url: ['verify'],
  token_field: ['verify'],
  headers: ['verify'],
  fields: ['verify'],
  refused_with: ['verify'],
  introspection: ['introspection'],
  cache: ['verify', 'introspection'],
  max_connections: ['verify', 'introspection'],
  realm: ['verify', 'introspection'],
  issuer: ['issuer', 'introspection'],
  audience: ['issuer', 'introspection'],
  claims: ['issuer', 'introspection'],
  clock_tolerance: ['issuer', 'introspection'],
  key_cache: ['issuer', 'introspection'],
  key_cooldown: ['issuer'],
  max_stale: ['issuer', 'introspection'],
  fetches_per_minute: ['issuer', 'introspection'],
  resource: ['issuer', 'introspection'],
  scopes_supported: ['issuer', 'introspection'],
  jwks_uri: ['issuer'],
  type: ['issuer'],
  algorithms: ['issuer'],
  max_lifetime: ['issuer'],
};

/** @throws {ConfigurationError} if the keys are of several forms, or one that its form needs is missing */
export function readForm(options: OAuthAuthOptions, { path }: Pick<BackendSurroundings, 'path'>): OAuthForm {
  const kind = kindOf(options);
  const faults = mixedFaults(options, kind, path);
  const { issuer, audience, introspection, verify_url: verifyUrl, realm } = options;
  const missing = (message: string, remedy: string) => faults.push({ path, message, remedy });
  if (kind === 'issuer' && audience === undefined) {
    // RFC 8725 §3.9, RFC 9068 §4: what the issuer made for any other service would be good here.
    missing(
      'an "issuer" needs the "audience" that its tokens are for',
      'Set "audience" to what the issuer calls this server.',
    );
  }
  if (kind === 'introspection' && introspection?.url === undefined && issuer === undefined) {
    missing('"introspection" needs its "url", or the "issuer" whose metadata name it', 'Set one of them.');
  }
  if (kind === 'introspection' && issuer !== undefined && realm !== undefined) {
    faults.push({
      ...{ path: [...path, 'realm'], message: '"realm" and "issuer" cannot both say in which subjects are unique' },
      remedy: 'Remove "realm": it is the issuer.',
    });
  }
  if (faults.length > 0) throw new ConfigurationError(faults);
  if (kind === 'verify') return { kind, options: fillVerifyOptions(options, verifyUrl ?? '') };
  if (introspection !== undefined) {
    return { kind: 'introspection', options: fillIntrospectionOptions(options, introspection) };
  }
  return { kind: 'issuer', options: fillIssuerOptions(options, issuer ?? '', audience ?? '') };
}

function kindOf(options: OAuthAuthOptions): Kind {
  const kinds = Object.keys(deciding) as Kind[];
  return kinds.find((kind) => options[deciding[kind]] !== undefined) ?? 'issuer';
}

function mixedFaults(options: OAuthAuthOptions, kind: Kind, path: BackendSurroundings['path']): ConfigurationFault[] {
  return Object.entries(formsOf).flatMap(([key, forms]) => {
    if (forms.includes(kind) || options[key as keyof OAuthAuthOptions] === undefined) return [];
    const other = forms.map((one) => `"${deciding[one]}"`).join(' or ');
    return [
      {
        path: [...path, key],
        message: `"${key}" means nothing beside "${deciding[kind]}": it goes with ${other}`,
        remedy: 'Remove it; or make "auth" a list, with one "oauth" entry for each way to know a token.',
      },
    ];
  });
}
