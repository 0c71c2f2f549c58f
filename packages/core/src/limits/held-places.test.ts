import { expect, test } from 'vitest';
import { createPrincipal, ownerOf } from '../principal.js';
import { createHeldPlaces } from './held-places.js';

const owner = (fields: object = {}) => ownerOf(createPrincipal({ realm: 'local', subject: 'alice', ...fields }));

test('each principal has their own, by tenant, realm and subject', () => {
  const places = createHeldPlaces();
  const all = [
    owner(),
    owner({ tenant: 'acme' }),
    owner({ realm: 'https://issuer.example' }),
    owner({ subject: 'bob' }),
  ];
  for (const [index, one] of all.entries()) for (let count = 0; count <= index; count += 1) places.take(one);
  expect(all.map((one) => places.of(one))).toEqual([1, 2, 3, 4]);
});

test('each is given back once', () => {
  const places = createHeldPlaces();
  const [first, second] = [places.take(owner()), places.take(owner())];
  first();
  first();
  expect(places.of(owner())).toBe(1);
  second();
  expect(places.of(owner())).toBe(0);
  places.take(owner());
  first();
  expect(places.of(owner())).toBe(1);
});
