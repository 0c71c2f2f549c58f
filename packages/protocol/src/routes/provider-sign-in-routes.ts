import { defineRoutes } from '../route-definition.js';

/** Signing in with a provider. Served only where the configuration names one. */
export const providerSignInRoutes = defineRoutes({
  beginProviderSignIn: {
    method: 'GET',
    path: '/v1/auth/oauth/{provider}/start',
    public: 'whoever signs in has no credential yet: it sends a browser to the provider, and knows nothing',
    switchedOn: true,
    answer: 'redirect',
    summary: 'Sends a browser to a provider, to sign in there.',
  },
  finishProviderSignIn: {
    method: 'GET',
    path: '/v1/auth/oauth/{provider}/callback',
    public: 'where the provider sends the browser back to, with what proves who it is of',
    switchedOn: true,
    answer: 'redirect',
    summary: 'Where a provider sends a browser back to; begins a session.',
  },
  beginDeviceSignIn: {
    method: 'POST',
    path: '/v1/auth/oauth/{provider}/device',
    public: 'whoever signs in has no credential yet: it asks the provider for a code to type in elsewhere',
    switchedOn: true,
    answer: 'plain',
    summary: 'A code with which somebody signs in elsewhere, for a program without a browser (RFC 8628).',
  },
  finishDeviceSignIn: {
    method: 'POST',
    path: '/v1/auth/oauth/{provider}/device/token',
    public: 'the device code proves who has asked for it; the provider says who has approved it',
    switchedOn: true,
    answer: 'plain',
    maxPublicBytes: 8192,
    summary: 'Whether somebody has signed in with the code by now, and their session if they have.',
  },
});
