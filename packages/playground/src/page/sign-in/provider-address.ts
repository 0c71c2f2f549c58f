/** Where signing in with a provider begins: at this server, whatever the answer says, and back to this page. */
export function providerAddress(start: string, page: { readonly origin: string; readonly pathname: string }): string {
  const { pathname, search } = new URL(start, page.origin);
  const address = new URL(page.origin);
  Object.assign(address, { pathname, search });
  address.searchParams.set('return_to', page.pathname);
  return address.href;
}
