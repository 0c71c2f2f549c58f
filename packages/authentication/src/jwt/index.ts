export { createJwtAuth } from './jwt-auth.js';
export { verifiesWithSecret } from './key-family.js';
export { type JwtAuthOptions, jwtAuthOptionsSchema } from './options.js';
export { createTokenSigner, type TokenSigner, type TokenSubject } from './sign-token.js';
