/** The guide's `ApiKeyAuth`, line for line, in TypeScript: also where it is careless. */
export const apiKeyAuth = `import { BaseAuth, type AuthenticationRequest } from 'agentflow';

export class ApiKeyAuth extends BaseAuth {
  // Load valid API keys from environment
  validKeys = (process.env.VALID_API_KEYS ?? '').split(',');

  async authenticate(request: AuthenticationRequest) {
    // Check for API key in header
    const apiKey = request.headers.get('X-API-Key');
    if (!apiKey) return null; // No credentials provided

    // Validate the key
    if (!this.validKeys.includes(apiKey)) return null; // Invalid key

    // Return user info for authorization
    return { user_id: 'api-key-user', role: 'api-user', api_key_id: apiKey };
  }
}
`;

/** The guide's `OAuthAuth`, likewise. Where the provider is, stands in the guide as a placeholder. */
export const oauthAuth = (verifyUrl: string) => `import { BaseAuth, type AuthenticationRequest } from 'agentflow';

export class OAuthAuth extends BaseAuth {
  async authenticate(request: AuthenticationRequest) {
    // Extract bearer token from Authorization header
    const authHeader = request.headers.get('Authorization') ?? '';
    if (!authHeader.startsWith('Bearer ')) return null;

    const token = authHeader.slice(7); // Remove "Bearer " prefix

    // Verify token with your OAuth provider
    const response = await fetch('${verifyUrl}', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ token }),
    });

    if (response.status !== 200) return null; // Invalid token

    const userData = await response.json();
    return { user_id: userData.user_id, role: userData.role, email: userData.email };
  }
}
`;

/** The guide's `RoleBasedAuthorization`, likewise. */
export const roleBasedAuthorization = `import { AuthorizationBackend, type User } from 'agentflow';

export class RoleBasedAuthorization extends AuthorizationBackend {
  async authorize(user: User, resource: string, action: string): Promise<boolean> {
    const role = user.role ?? 'guest';

    // Define permissions by role
    const permissions: Record<string, Record<string, string[]>> = {
      admin: {
        graph: ['invoke', 'stream', 'stop', 'setup'],
        checkpointer: ['read', 'write', 'delete'],
        store: ['read', 'write'],
      },
      user: {
        graph: ['invoke', 'stream'],
        checkpointer: ['read'],
        store: ['read'],
      },
      guest: {
        graph: ['invoke'],
        checkpointer: [],
        store: [],
      },
    };

    // Check if role has permission
    const rolePerms = permissions[role] ?? {};
    const resourceActions = rolePerms[resource] ?? [];
    return resourceActions.includes(action);
  }
}
`;
