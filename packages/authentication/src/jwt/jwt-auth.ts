import type { BackendSurroundings, BaseAuth } from '@agentflow/core';
import { createBearerAuth } from '../bearer-auth.js';
import { answerFor } from './answer-for.js';
import { createPublicKeyChoice, createSecretChoice, type VerificationKey } from './choose-keys.js';
import { readKeyFamily } from './key-family.js';
import type { JwtAuthOptions } from './options.js';
import { looksLikeJwt } from './token-gate.js';
import { readPublicKeyRules, readSecretRules, type SecretRules } from './token-rules.js';
import { createTokenVerifier, type VerifiedToken } from './verify-token.js';

/** Knows somebody by a JWT in `Authorization: Bearer`, signed with the shared secret or by the issuer. */
function byToken(verify: (token: string) => Promise<VerifiedToken>, description: string): BaseAuth {
  return createBearerAuth({ takes: looksLikeJwt, answer: (token) => answerFor(token, verify), description });
}

/** @throws {ConfigurationError} if there is no key, or not one that can be trusted */
export async function createJwtAuth(options: JwtAuthOptions, surroundings: BackendSurroundings): Promise<BaseAuth> {
  return readKeyFamily(options, surroundings) === 'secret'
    ? createBySecret(options, surroundings)
    : createByPublicKey(options, surroundings);
}

async function createBySecret(options: JwtAuthOptions, surroundings: BackendSurroundings): Promise<BaseAuth> {
  const rules = readSecretRules(options, surroundings);
  const verify = createTokenVerifier(createSecretChoice(await importSecrets(rules)), rules, surroundings.clock);
  const [{ source }, ...previous] = rules.secrets;
  const older = previous.length === 0 ? '' : ` (and ${previous.length} previous)`;
  return byToken(verify, `${rules.algorithm}, secret from ${source}${older}`);
}

async function createByPublicKey(options: JwtAuthOptions, surroundings: BackendSurroundings): Promise<BaseAuth> {
  const rules = await readPublicKeyRules(options, surroundings);
  const verify = createTokenVerifier(createPublicKeyChoice(rules.keys), rules, surroundings.clock);
  const sources = [...new Set(rules.keys.map(({ source }) => source))].join(' and ');
  return byToken(verify, `${[...rules.algorithms].join(', ')} of ${rules.issuer}, public key from ${sources}`);
}

function importSecrets({ algorithm, secrets }: SecretRules): Promise<VerificationKey[]> {
  const hmac = { name: 'HMAC', hash: `SHA-${algorithm.slice(2)}` };
  return Promise.all(
    secrets.map(async ({ secret, id }) => {
      const key = await crypto.subtle.importKey('raw', Buffer.from(secret.reveal()), hmac, false, ['verify']);
      return { id, algorithm, key };
    }),
  );
}
