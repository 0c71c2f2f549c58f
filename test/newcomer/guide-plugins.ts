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
