import type { SignInProvider } from '@agentflow/protocol';
import { element } from '../element.js';
import { icon } from '../icons.js';
import { providerAddress } from './provider-address.js';

/** A way to each provider; it sends the browser back to this page. */
export function providerLinks(providers: readonly SignInProvider[]): HTMLElement {
  return element(
    'ul',
    { class: 'providers', with: { 'aria-label': 'Sign in with a provider' } },
    ...providers.map((provider) => {
      const href = providerAddress(provider.start, location);
      const name = `Continue with ${provider.title}`;
      return element('li', {}, element('a', { class: 'button plain wide', with: { href } }, icon('door'), name));
    }),
  );
}
