import { createHash, timingSafeEqual } from 'node:crypto';
import { type AuthenticationRequest, BaseAuth } from 'agentflow';

const digest = (key: string) => createHash('sha256').update(key).digest();

export class ApiKeyAuth extends BaseAuth {
  // Digests are all of one length, as the comparison in constant time wants them, and the keys themselves are not kept.
  validKeys = (process.env['VALID_API_KEYS'] ?? '').split(',').filter(isKey).map(digest);

  override challenge() {
    return { scheme: 'ApiKey', parameters: { realm: 'agentflow' } };
  }

  authenticate(request: AuthenticationRequest) {
    const apiKey = request.headers.get('X-API-Key');
    if (!apiKey) return null; // not for this class: the next entry in the list is tried; if none accepts, the answer is 401

    const presented = digest(apiKey);
    if (!this.validKeys.some((valid) => timingSafeEqual(valid, presented))) return null;

    // A name of its own for each key: threads belong to it, in whatever order the keys are listed.
    return { user_id: `key-${presented.toString('hex').slice(0, 16)}`, role: 'api-user' };
  }
}

function isKey(key: string): boolean {
  if (key.length >= 32) return true;
  throw new Error('VALID_API_KEYS must hold keys of at least 32 characters, parted by commas');
}
