import { type BackendSurroundings, ConfigurationError, isPrintable } from '@agentflow/core';
import { type PublicKeyAlgorithm, publicKeyAlgorithms } from '../../jwt/algorithms.js';
import type { TokenRules } from '../../jwt/token-rules.js';
import { readProviderUrl } from '../fetch/provider-url.js';
import type { IssuerOptions } from '../options.js';

type Path = readonly (string | number)[];

/** What the tokens of an issuer must be. */
export function issuerTokenRules(
  options: IssuerOptions,
): TokenRules & { readonly accepted: readonly PublicKeyAlgorithm[] } {
  const accepted = options.algorithms ?? publicKeyAlgorithms;
  return {
    accepted,
    algorithms: new Set(accepted),
    types: options.type,
    issuer: options.issuer,
    realm: options.issuer,
    audience: options.audience,
    clockToleranceSeconds: options.clock_tolerance,
    maxLifetimeSeconds: options.max_lifetime,
    fieldNames: { ...options.claims, tenant: options.claims.tenant ?? [] },
  };
}

/**
 * RFC 8414 §2: https, without query or fragment. It is an identifier too, and compared letter by letter.
 * @throws {ConfigurationError}
 */
export function readIssuerUrl(issuer: string, insecureHttp: boolean, { path }: Pick<BackendSurroundings, 'path'>): URL {
  const at: Path = [...path, 'issuer'];
  const url = readProviderUrl(issuer, {
    ...{ key: 'issuer', path: at, insecureHttp, inTheClear: 'would have keys fetched from' },
    example: 'https://login.example.com',
  });
  if (url.search === '' && isPrintable(issuer)) return url;
  const message = '"issuer" has a query or a control character, and no issuer has';
  throw new ConfigurationError([{ path: at, message, remedy: 'Set it to the exact "iss" of its tokens.' }]);
}
