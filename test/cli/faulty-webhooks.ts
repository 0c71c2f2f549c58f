import { exampleGraph } from '../harness/project.js';
import type { FaultyConfiguration } from './faulty-configurations.js';

/* Webhooks and Basic, as they must not be served. */

const agent = exampleGraph;
// Made up, and of the strength that is asked for.
const secret = 'whsec_wqlPG+B9CDVqHwlHvi1lyD+Q4XukTSxlgbPn8JzipPE=';
const env = {
  SOME_SECRET: secret,
  SHORT: 'too-short',
  LETTERS: 'whsec_*',
  ADMIN: 'admin',
  LONG: 'administrator-of-all',
};
const hook = (more: object) => ({ agent, auth: 'jwt', webhooks: { orders: more } });
const basic = (more: object) => ({ agent, auth: { method: 'basic', ...more } });

export const faultyWebhooks: readonly FaultyConfiguration[] = [
  {
    what: 'a webhook without a secret',
    file: hook({ thread: 'orders' }),
    at: '5:5',
    message: /"secret" is missing/,
    remedy: /The signing secret/,
  },
  {
    what: 'a webhook with a secret that is too short',
    file: hook({ secret: { env: 'SHORT' } }),
    env,
    at: '6:7',
    message: /the secret from SHORT has 9 bytes/,
    remedy: /openssl rand -base64 32/,
  },
  {
    what: 'a webhook with a secret that is no base64',
    file: hook({ secret: { env: 'LETTERS' } }),
    env,
    at: '6:7',
    message: /the secret from LETTERS begins with "whsec_", and what follows is not base64/,
    remedy: /openssl rand -base64 32/,
  },
  {
    what: 'a webhook with a format that there is not',
    file: hook({ secret: { env: 'SOME_SECRET' }, format: 'stripe' }),
    env,
    at: '9:7',
    message: /"format" must be one of "standard", "github"/,
    remedy: /standard/,
  },
  {
    what: 'a webhook with a thread at no place',
    file: hook({ secret: { env: 'SOME_SECRET' }, thread: { pointer: 'issue.number' } }),
    env,
    at: '10:9',
    message: /"pointer" must be a JSON Pointer/,
    remedy: /The thread of its runs/,
  },
  {
    what: 'a webhook with an input that names no place',
    file: hook({ secret: { env: 'SOME_SECRET' }, input: 'About {{/issue~title}}' }),
    env,
    at: '9:7',
    message: /names a place that is no JSON Pointer/,
    remedy: /The user message for the graph/,
  },
  {
    what: 'a webhook with an input whose place has no slash',
    file: hook({ secret: { env: 'SOME_SECRET' }, input: 'x {{/order}} y {{ order.id }} z' }),
    env,
    at: '9:7',
    message: /"input" names a place that is no JSON Pointer .*: write \{\{\/order\.id\}\} for \{\{ order\.id \}\}/,
    remedy: /The user message for the graph/,
  },
  {
    what: 'a webhook with a name that no address has',
    file: { agent, webhooks: { 'a/b': { secret: { env: 'SOME_SECRET' } } } },
    env,
    at: '4:5',
    message: /letters, digits/,
    remedy: /./,
  },
  {
    what: 'Basic, where there are no users',
    file: { agent, auth: ['jwt', 'basic'] },
    at: '5:5',
    message: /there are none without "login"/,
    remedy: /"auth": \["login", "basic"\]/,
  },
  {
    what: 'Basic with a name and no password',
    file: basic({ username: 'builder' }),
    at: '5:5',
    message: /"username" stands without "password"/,
    remedy: /openssl rand -hex 32/,
  },
  {
    what: 'Basic with a password of nobody',
    file: basic({ password: { env: 'SOME_SECRET' } }),
    env,
    at: '3:3',
    message: /are those of a "username"/,
    remedy: /Say whose they are/,
  },
  {
    what: 'Basic with admin and admin',
    file: basic({ username: 'admin', password: { env: 'ADMIN' } }),
    env,
    at: '6:5',
    message: /the password from ADMIN is the username/,
    remedy: /openssl rand -hex 32/,
  },
  {
    what: 'Basic with a name that has a colon',
    file: basic({ username: 'a:b', password: { env: 'SOME_SECRET' } }),
    env,
    at: '5:5',
    message: /must not have a colon/,
    remedy: /./,
  },
];
