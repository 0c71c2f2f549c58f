export { createLocalAuth, localAdministrator } from './local-auth.js';
