import { createPeppers, Secret } from '@agentflow/core';
import { describe, expect, test } from 'vitest';
import { type Attempt, createState, openAttempt, sealAttempt } from './attempt.js';
import { createBrowserCookies, csrfToken, isCsrfToken, readSessionSecret, sessionSecret } from './session-cookie.js';

const [one, other] = ['a', 'b'].map((letter) => new Secret(letter.repeat(64)));
if (one === undefined || other === undefined) throw new Error('no peppers');
const peppers = createPeppers(one, []);
const family = 'abcdefghijklmnop2345';

describe('the cookie of a session', () => {
  test('says which session it is of, to whoever has the pepper', () => {
    const secret = sessionSecret(family, peppers);
    expect(readSessionSecret(secret, peppers)).toBe(family);
    expect(readSessionSecret(secret, createPeppers(other, [one]))).toBe(family);
    expect(readSessionSecret(secret, createPeppers(other, []))).toBeUndefined();
  });

  test('every character of it counts', () => {
    const secret = sessionSecret(family, peppers);
    for (let at = 0; at < secret.length; at += 1) {
      const changed = secret.slice(0, at) + (secret[at] === 'a' ? 'b' : 'a') + secret.slice(at + 1);
      // The last of 43 characters has two bits that mean nothing: the text is compared, and not what it stands for.
      expect([at, readSessionSecret(changed, peppers)]).toEqual([at, undefined]);
    }
    for (const text of ['', '.', secret.slice(1), `${secret}=`, `${secret} `, secret.toUpperCase()]) {
      expect(readSessionSecret(text, peppers)).toBeUndefined();
    }
  });

  test('what its pages say with a change is good for it alone', () => {
    const secret = sessionSecret(family, peppers);
    const another = sessionSecret('bcdefghijklmnop23456', peppers);
    expect(isCsrfToken(csrfToken(secret, peppers), secret, peppers)).toBe(true);
    expect(isCsrfToken(csrfToken(another, peppers), secret, peppers)).toBe(false);
    expect(isCsrfToken('', secret, peppers)).toBe(false);
    expect(isCsrfToken(secret, secret, peppers)).toBe(false);
  });

  test('over TLS its name binds it to this host; its companion alone can be read', () => {
    const secure = createBrowserCookies(
      () => ({ url: '', origin: '', isSecure: true }),
      () => peppers,
    );
    const [session, csrf] = secure.begin('s', 60);
    expect(session).toBe('__Host-agentflow=s; Path=/; Max-Age=60; SameSite=Lax; HttpOnly; Secure');
    expect(csrf).toMatch(/^__Host-agentflow_csrf=[\w-]{43}; Path=\/; Max-Age=60; SameSite=Lax; Secure$/);
    const plain = createBrowserCookies(
      () => ({ url: '', origin: '', isSecure: false }),
      () => peppers,
    );
    expect(plain.begin('s', 60)[0]).toBe('agentflow=s; Path=/; Max-Age=60; SameSite=Lax; HttpOnly');
    expect(plain.end().every((line) => line.includes('Max-Age=0'))).toBe(true);
    const headers = new Headers({ cookie: 'a=b; __Host-agentflow=x; agentflow=y' });
    expect([secure.session(headers), plain.session(headers)]).toEqual(['x', 'y']);
    // Somebody has set a second one, for another path or the whole domain.
    expect(plain.session(new Headers({ cookie: 'agentflow=x; agentflow=y' }))).toBeUndefined();
  });
});

test('an attempt is opened by its own state alone', () => {
  const [state, foreign] = [createState(), createState()];
  const attempt: Attempt = {
    ...{ provider: 'one', nonce: 'n', verifier: 'v', returnTo: '/', redirectUri: 'https://x.example/cb', expiresAt: 1 },
  };
  const sealed = sealAttempt(attempt, state, peppers);
  expect(openAttempt(sealed, state, peppers)).toEqual(attempt);
  expect(openAttempt(sealed, foreign, peppers)).toBeUndefined();
  // The first of its letters behind the name of the pepper: the last ones may stand for the same bytes in two spellings.
  const changed = sealed.replace(/\.(.)/, (_found, letter: string) => `.${letter === 'A' ? 'B' : 'A'}`);
  expect(openAttempt(changed, state, peppers)).toBeUndefined();
  expect(openAttempt(sealed, state, createPeppers(other, []))).toBeUndefined();
  expect(openAttempt(sealed, state, createPeppers(other, [one]))).toEqual(attempt);
  expect(sealed).not.toContain(Buffer.from('"verifier"').toString('base64url').slice(0, 8));
});
