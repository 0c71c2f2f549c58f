import type { BaseAuth } from '@agentflow/core';
import { createVerifyAuth } from './create-verify-auth.js';
import { createIntrospectionAuth } from './introspection/create-introspection-auth.js';
import { createIssuerAuth } from './issuer/create-issuer-auth.js';
import type { OAuthSurroundings } from './oauth-surroundings.js';
import type { OAuthAuthOptions } from './options.js';
import { metadataUrlOf, readResource } from './protected-resource.js';
import { readForm } from './read-form.js';

/**
 * Knows somebody by a token in `Authorization: Bearer` that somebody else has issued: a JWT of an issuer's, one that an issuer is asked
 * about, or one that an endpoint of the operator's own knows.
 * @throws {ConfigurationError} if tokens must not be sent, or keys not be fetched, where the options say
 */
export function createOAuthAuth(options: OAuthAuthOptions, surroundings: OAuthSurroundings): BaseAuth {
  const form = readForm(options, surroundings);
  const resource = readResource(options, surroundings);
  // RFC 9728 §5.1
  const metadata = resource === undefined ? {} : { resource_metadata: metadataUrlOf(resource).href };
  const challenge = { scheme: 'Bearer', parameters: { realm: 'agentflow', ...metadata } };
  if (form.kind === 'issuer') return createIssuerAuth(form.options, challenge, surroundings);
  if (form.kind === 'introspection') return createIntrospectionAuth(form.options, challenge, surroundings);
  return createVerifyAuth(form.options, challenge, surroundings);
}
