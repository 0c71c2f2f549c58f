import type { BaseAuth } from '@agentflow/core';
import type { Challenge } from '@agentflow/protocol';
import { createBearerAuth } from '../../bearer-auth.js';
import { answerFor } from '../../jwt/answer-for.js';
import { looksLikeJwt } from '../../jwt/token-gate.js';
import { createTokenVerifier } from '../../jwt/verify-token.js';
import { EndpointError } from '../fetch/endpoint-error.js';
import { createFetchBudget } from '../fetch/fetch-budget.js';
import { createFetcher } from '../fetch/fetch-json.js';
import { readProviderUrl } from '../fetch/provider-url.js';
import { readAddressRule } from '../fetch/read-address-rule.js';
import { documentLimits, maxDocumentBytes } from '../limits.js';
import type { OAuthSurroundings } from '../oauth-surroundings.js';
import type { IssuerOptions } from '../options.js';
import { handOver } from './hand-over.js';
import { issuerTokenRules, readIssuerUrl } from './issuer-rules.js';
import { fetchMetadata } from './metadata.js';
import { createRemoteKeys } from './remote-keys.js';

/**
 * Knows somebody by a JWT in `Authorization: Bearer` that a provider has signed, whose keys are fetched from it.
 * @throws {ConfigurationError} if keys must not be fetched from where the options say
 */
export function createIssuerAuth(
  options: IssuerOptions,
  challenge: Challenge,
  surroundings: OAuthSurroundings,
): BaseAuth {
  const { clock, log } = surroundings;
  const { accepted, ...rules } = issuerTokenRules(options);
  const { load, from, close } = createKeyLoader(options, surroundings);
  const keys = createRemoteKeys(
    { load: load.fetch, accepted, clock, log, handover: handOver(options, surroundings) },
    {
      what: `the keys of ${options.issuer}`,
      cacheMilliseconds: options.key_cache * 1000,
      maxStaleMilliseconds: options.max_stale * 1000,
      cooldownMilliseconds: options.key_cooldown * 1000,
      budget: load.budget,
    },
  );
  if (!surroundings.isTrial) void keys.warm();
  const inTheClear = from.protocol === 'http:' && options.insecure_http ? ', INSECURE: KEYS IN THE CLEAR' : '';
  const verify = createTokenVerifier(keys, rules, clock);
  return createBearerAuth({
    ...{ challenge, close, takes: looksLikeJwt, answer: (token: string) => answerFor(token, verify) },
    description: `tokens of ${options.issuer}, keys from ${from.host}${inTheClear}`,
  });
}

/** As long as it is believed where the keys are. */
const metadataMilliseconds = 3_600_000;

function createKeyLoader(options: IssuerOptions, surroundings: OAuthSurroundings) {
  const { clock } = surroundings;
  const { issuer, jwks_uri: jwksUri, insecure_http: insecureHttp, deadline } = options;
  const at = (key: string) => [...surroundings.path, key];
  const issuerUrl = readIssuerUrl(issuer, insecureHttp, surroundings);
  const keysUrl =
    jwksUri === undefined
      ? undefined
      : readProviderUrl(jwksUri, {
          ...{ key: 'jwks_uri', path: at('jwks_uri'), insecureHttp, inTheClear: 'would have keys fetched from' },
          example: 'https://login.example.com/keys',
        });
  const asked = { url: keysUrl ?? issuerUrl, path: at(keysUrl === undefined ? 'issuer' : 'jwks_uri') };
  const fetcher = createFetcher({
    what: `the provider ${asked.url.host}`,
    mayConnect: readAddressRule(options.allow_networks, [{ ...asked, listsItself: false }], surroundings),
    deadlineMilliseconds: deadline * 1000,
    ...{ maxBytes: maxDocumentBytes, limits: documentLimits },
  });
  const budget = createFetchBudget(options.fetches_per_minute, surroundings.clock);
  const stop = new AbortController();

  let known: { readonly url: URL; readonly until: number } | undefined;

  /** Metadata say where the keys are. They are asked again after a while, and after any failure, so that keys may move. */
  async function whereKeysAre(): Promise<URL> {
    if (keysUrl !== undefined) return keysUrl;
    if (known !== undefined && clock.now() < known.until) return known.url;
    const { jwksUri: url } = await fetchMetadata({ issuer, fetchJson: fetcher.fetchJson, budget }, stop.signal);
    if (url === undefined) throw new EndpointError(`the metadata of ${issuer} name no keys: set "jwks_uri"`);
    known = { url, until: clock.now() + metadataMilliseconds };
    return url;
  }

  async function fetchKeys(): Promise<unknown> {
    try {
      const url = await whereKeysAre();
      budget.take();
      const { status, value } = await fetcher.fetchJson({ url }, stop.signal);
      if (status === 200) return value;
      throw new EndpointError(`${url.href} answered ${status}`);
    } catch (error) {
      known = undefined;
      throw error;
    }
  }

  return {
    load: { fetch: fetchKeys, budget },
    from: asked.url,
    close: () => {
      stop.abort();
      fetcher.close();
    },
  };
}
