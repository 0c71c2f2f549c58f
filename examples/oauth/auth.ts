import { type AuthenticationContext, type AuthenticationRequest, BaseAuth } from 'agentflow';
import { z } from 'zod';

/** What the provider says of a good token; of whatever else it says, nothing is believed. */
const userSchema = z.object({ user_id: z.string().min(1), role: z.string(), email: z.email() });

/** Statuses that are an answer about the token. All others say that the provider could not tell: 503, not 401. */
const refusals = new Set([400, 401, 403, 404]);

export class OAuthAuth extends BaseAuth {
  verifyUrl = new URL(process.env['VERIFY_URL'] ?? missing());

  override challenge() {
    return { scheme: 'Bearer', parameters: { realm: 'agentflow' } };
  }

  async authenticate(request: AuthenticationRequest, context: AuthenticationContext) {
    // Extract bearer token from Authorization header
    const authHeader = request.headers.get('Authorization') ?? '';
    if (!authHeader.startsWith('Bearer ')) return null;
    const token = authHeader.slice(7); // Remove "Bearer " prefix

    // Verify token with your OAuth provider
    const response = await fetch(this.verifyUrl, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ token }),
      redirect: 'error', // the token is for this address only
      signal: context.signal, // the deadline, and the caller's leaving
    });
    if (refusals.has(response.status)) return null; // Invalid token
    if (response.status !== 200) throw new Error(`the provider answered ${response.status}`);

    return userSchema.parse(await response.json());
  }
}

function missing(): never {
  throw new Error('VERIFY_URL must be the address at which your provider verifies tokens');
}
