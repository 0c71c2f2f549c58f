export { type PasswordOptions, passwordOptionsSchema } from './options.js';
export { createPasswordHasher } from './password-hasher.js';
