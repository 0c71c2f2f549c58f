export { createLogin, type Login } from './create-login.js';
export { type LoginAuthOptions, loginAuthOptionsSchema } from './options.js';
