import type { BaseAuth } from '@agentflow/core';
import type { Challenge } from '@agentflow/protocol';
import { readSecretForm } from '../../secret-form.js';
import { createAskingAuth } from '../asking-auth.js';
import { EndpointError } from '../fetch/endpoint-error.js';
import { createFetchBudget } from '../fetch/fetch-budget.js';
import { createFetcher } from '../fetch/fetch-json.js';
import { createKeptDocument } from '../fetch/kept-document.js';
import { readProviderUrl } from '../fetch/provider-url.js';
import { readAddressRule } from '../fetch/read-address-rule.js';
import { readIssuerUrl } from '../issuer/issuer-rules.js';
import { fetchMetadata } from '../issuer/metadata.js';
import { answerLimits, documentLimits, maxAnswerBytes, maxDocumentBytes } from '../limits.js';
import type { OAuthSurroundings } from '../oauth-surroundings.js';
import type { IntrospectionOptions } from '../options.js';
import { askIntrospection } from './ask-introspection.js';
import { readIntrospection } from './read-introspection.js';

/** @throws {ConfigurationError} if there is no secret to ask with, or tokens must not be sent where the options say */
export function createIntrospectionAuth(
  options: IntrospectionOptions,
  challenge: Challenge,
  surroundings: OAuthSurroundings,
): BaseAuth {
  const { introspection, issuer, audience, claims } = options;
  const { clock } = surroundings;
  const path = [...surroundings.path, 'introspection'];
  const secretPath = [...path, 'client_secret'];
  const { secret } = readSecretForm(introspection.client_secret, secretPath, surroundings, 'provider');
  const client = { id: introspection.client_id, secret, sends: introspection.send_secret };
  const stop = new AbortController();
  const { named, findUrl, fetchJson, close } = createEndpointFinder(options, surroundings, stop.signal);
  const rules = {
    ...{ issuer, audience, clockToleranceSeconds: options.clock_tolerance },
    realm: issuer ?? options.realm ?? named.origin,
    fieldNames: { ...claims, tenant: claims.tenant ?? [] },
  };
  const parts = {
    async judge(token: string, end: AbortSignal) {
      const answer = await askIntrospection(token, { url: await findUrl(), client, fetchJson }, end);
      if (answer === undefined)
        return { kind: 'bad', reason: 'the issuer is not asked about tokens of its kind' } as const;
      return readIntrospection(answer, token, rules, clock.now());
    },
    challenge,
    close() {
      stop.abort();
      close();
    },
    description: `${named.host} is asked about tokens${
      options.insecure_http && named.protocol === 'http:' ? ', INSECURE: IN THE CLEAR' : ''
    }`,
  };
  return createAskingAuth(parts, options, surroundings);
}

/** Where tokens are asked about: the configuration's own address, or what the issuer's metadata name. */
function createEndpointFinder(options: IntrospectionOptions, surroundings: OAuthSurroundings, stop: AbortSignal) {
  const { insecure_http: insecureHttp, issuer, introspection, deadline } = options;
  const { clock, log } = surroundings;
  const at = introspection.url === undefined ? ['issuer'] : ['introspection', 'url'];
  const path = [...surroundings.path, ...at];
  const named =
    introspection.url === undefined
      ? readIssuerUrl(issuer ?? '', insecureHttp, surroundings)
      : readProviderUrl(introspection.url, {
          ...{ key: 'url', path, insecureHttp, inTheClear: 'would send tokens to' },
          example: 'https://login.example.com/introspect',
        });
  const mayConnect = readAddressRule(options.allow_networks, [{ url: named, path, listsItself: false }], surroundings);
  const shared = { mayConnect, deadlineMilliseconds: deadline * 1000 };
  const what = 'the introspection endpoint';
  const endpoint = createFetcher({ ...shared, what, maxBytes: maxAnswerBytes, limits: answerLimits });
  if (introspection.url !== undefined) return { named, findUrl: async () => named, ...endpoint };
  const provider = { what: `the provider ${named.host}`, maxBytes: maxDocumentBytes, limits: documentLimits };
  const metadata = createFetcher({ ...shared, ...provider });
  const budget = createFetchBudget(options.fetches_per_minute, clock);
  const kept = createKeptDocument(
    async () => {
      const parts = { issuer: issuer ?? '', fetchJson: metadata.fetchJson, budget };
      const { introspectionEndpoint: url } = await fetchMetadata(parts, stop);
      if (url !== undefined) return url;
      throw new EndpointError(`the metadata of ${issuer} name no introspection endpoint: set "introspection.url"`);
    },
    {
      what: `the metadata of ${issuer}`,
      cacheMilliseconds: options.key_cache * 1000,
      maxStaleMilliseconds: options.max_stale * 1000,
      cooldownMilliseconds: options.key_cooldown * 1000,
      budget,
    },
    { clock, log },
  );
  if (!surroundings.isTrial) void kept.current().catch(() => undefined);
  return {
    named,
    findUrl: () => kept.current(),
    fetchJson: endpoint.fetchJson,
    close: () => {
      endpoint.close();
      metadata.close();
    },
  };
}
