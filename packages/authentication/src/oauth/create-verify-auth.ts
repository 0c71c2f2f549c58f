import type { BaseAuth } from '@agentflow/core';
import type { Challenge } from '@agentflow/protocol';
import { createEndpoint } from './ask-endpoint.js';
import { createAskingAuth } from './asking-auth.js';
import { createFetcher } from './fetch/fetch-json.js';
import { readAddressRule } from './fetch/read-address-rule.js';
import { answerLimits, maxAnswerBytes } from './limits.js';
import type { OAuthSurroundings } from './oauth-surroundings.js';
import type { VerifyOptions } from './options.js';
import { readAnswer } from './read-answer.js';
import { readVerifyTarget } from './verify-url.js';

/** @throws {ConfigurationError} if tokens must not be sent where the options say */
export function createVerifyAuth(
  options: VerifyOptions,
  challenge: Challenge,
  surroundings: OAuthSurroundings,
): BaseAuth {
  const target = readVerifyTarget(options, surroundings);
  const { url } = target;
  const named = { url, path: [...surroundings.path, 'verify_url'], listsItself: true };
  const { fetchJson, close } = createFetcher({
    what: 'the verify endpoint',
    mayConnect: readAddressRule(options.allow_networks, [named], surroundings),
    deadlineMilliseconds: options.deadline * 1000,
    ...{ maxBytes: maxAnswerBytes, limits: answerLimits },
  });
  const hasOwnCredential = Object.keys(target.headers).length > 0;
  const endpoint = {
    ...target,
    tokenField: options.token_field,
    // With a credential of our own, "unauthorized" may mean us: the operator's fault is not to look like the caller's.
    refusedWith: options.refused_with ?? (hasOwnCredential ? [400, 404] : [400, 401, 403, 404]),
  };
  const ask = createEndpoint(endpoint, fetchJson);
  const rules = { fields: options.fields, realm: options.realm ?? url.origin };
  const inTheClear = options.insecure_http && url.protocol === 'http:';
  const parts = {
    async judge(token: string, stop: AbortSignal) {
      const answer = await ask(token, stop);
      if (answer.kind === 'answered') return readAnswer(answer.fields, token, rules, surroundings.clock.now());
      return { kind: 'bad', reason: `the verify endpoint answered ${answer.status}` } as const;
    },
    ...{ challenge, close },
    description: `${url.host} is asked about tokens${inTheClear ? ', INSECURE: IN THE CLEAR' : ''}`,
  };
  return createAskingAuth(parts, options, surroundings);
}
