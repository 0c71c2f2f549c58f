export { createProviderSignIn, type MadeProviderSignIn } from './create-provider-sign-in.js';
export { createReadVouched } from './read-vouched.js';
