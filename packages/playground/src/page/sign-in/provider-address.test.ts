import { expect, test } from 'vitest';
import { providerAddress } from './provider-address.js';

const page = { origin: 'https://agents.example', pathname: '/internal/try' };
const back = 'return_to=%2Finternal%2Ftry';

test.each([
  ['/v1/auth/oauth/acme/start', `https://agents.example/v1/auth/oauth/acme/start?${back}`],
  ['/v1/auth/oauth/acme/start?prompt=login', `https://agents.example/v1/auth/oauth/acme/start?prompt=login&${back}`],
  ['https://evil.example/v1/start', `https://agents.example/v1/start?${back}`],
  ['//evil.example/v1/start', `https://agents.example/v1/start?${back}`],
  ['\\\\evil.example/v1/start', `https://agents.example/v1/start?${back}`],
  ['/.//evil.example/', `https://agents.example//evil.example/?${back}`],
  ['/start?return_to=https://evil.example', `https://agents.example/start?${back}`],
])('%s begins at %s', (start, address) => {
  expect(providerAddress(start, page)).toBe(address);
});

test('what is no path of a server at all stays at this one', () => {
  expect(new URL(providerAddress('javascript:alert(1)', page)).origin).toBe(page.origin);
});
