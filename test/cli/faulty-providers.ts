import { exampleGraph } from '../harness/project.js';
import type { FaultyConfiguration } from './faulty-configurations.js';

const corporate = { issuer: 'https://login.example.com', client_id: 'agentflow' };
const providers = (more: object, beside: object = {}) => ({
  ...{ agent: exampleGraph, ...beside },
  auth: { method: 'login', providers: { corporate: { ...corporate, ...more } } },
});

/** What is wrong with a provider that people sign in with, or with where it sends them back to. */
export const faultyProviders: readonly FaultyConfiguration[] = [
  {
    what: 'an issuer in the clear',
    file: providers({ issuer: 'http://login.example.com' }),
    at: '7:9',
    message: /"issuer" would be asked at login\.example\.com in the clear/,
    remedy: /Use https/,
  },
  {
    what: 'an issuer within our own network',
    file: providers({ issuer: 'https://10.0.0.5' }),
    env: { HOST: '0.0.0.0', PUBLIC_URL: 'https://agents.example.com' },
    at: '7:9',
    message: /10\.0\.0\.5, which is no address of the public internet/,
    remedy: /"allow_networks": \["10\.0\.0\.5\/32"\]/,
  },
  {
    what: 'a secret of ours there that is not set',
    file: providers({ client_secret: { env: 'NO_SUCH_SECRET' } }),
    at: '10:11',
    message: /neither NO_SUCH_SECRET nor NO_SUCH_SECRET_FILE is set/,
    remedy: /Take it from the provider, .* set it as NO_SUCH_SECRET in the environment/,
  },
  {
    what: 'a provider where nothing says where it sends browsers back to',
    file: providers({}),
    env: { HOST: '0.0.0.0' },
    at: '5:5',
    message: /nothing says under which address they reach this server/,
    remedy: /"public_url"/,
  },
  {
    what: 'a domain that no address is at',
    file: providers({ allow: { domains: ['example.com', '@example.com'] } }),
    at: '12:13',
    message: /entry 2 of "domains" must be a domain such as "example\.com", without "@"/,
    remedy: /Accounts whose e-mail address/,
  },
  {
    what: 'an allow that names nobody',
    file: providers({ allow: {} }),
    at: '9:9',
    message: /must name somebody/,
    remedy: /Who may sign in/,
  },
  {
    what: 'a public address in the clear',
    file: providers({}, { public_url: 'http://agents.example.com' }),
    at: '3:3',
    message: /"public_url" is not https/,
    remedy: /https:\/\/agents\.example\.com/,
  },
  {
    what: 'a public address that is none, in the environment',
    file: providers({}),
    env: { PUBLIC_URL: 'agents.example.com' },
    message: /PUBLIC_URL is not the address of a web server/,
    remedy: /https:\/\/agents\.example\.com/,
  },
];
