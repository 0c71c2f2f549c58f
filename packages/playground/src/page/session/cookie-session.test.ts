import { expect, test } from 'vitest';
import { cookieHeaders } from './cookie-session.js';

test.each([
  ['', undefined],
  ['theme=dark; other_agentflow_csrf=x', undefined],
  ['theme=dark; agentflow_csrf=a=b', { 'X-CSRF-Token': 'a=b' }],
  ['agentflow_csrf=of-http; __Host-agentflow_csrf=of-https', { 'X-CSRF-Token': 'of-https' }],
])('%j goes along as %j', (cookie, headers) => {
  expect(cookieHeaders(cookie)).toEqual(headers);
});
