import { parseNetwork } from '@agentflow/core';
import { expect, test } from 'vitest';
import { createAddressRule } from './allowed-addresses.js';

const networks = (...texts: readonly string[]) => texts.flatMap((text) => parseNetwork(text) ?? []);

test.each([
  ...['1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255'],
  ...['128.0.0.0', '172.15.255.255', '172.32.0.0', '192.167.255.255', '192.169.0.0', '223.255.255.255'],
  ...['2606:4700::1111', '2a00:1450:4001:80b::200e', '2001:4860:4860::8888', '::ffff:8.8.8.8'],
])('%s is of the public internet', (address) => {
  expect(createAddressRule([])(address)).toBe(true);
});

test.each([
  ...['0.0.0.0', '10.0.0.0', '10.255.255.255', '100.64.0.0', '127.0.0.1', '127.255.255.255', '169.254.169.254'],
  ...['172.16.0.0', '172.31.255.255', '192.0.0.1', '192.0.2.1', '192.88.99.1', '192.168.255.255', '198.19.255.255'],
  ...['198.51.100.1', '203.0.113.1', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
  ...['::', '::1', '::127.0.0.1', '::ffff:10.0.0.1', '::ffff:7f00:1', '64:ff9b::7f00:1', '64:ff9b::8.8.8.8'],
  ...['64:ff9b:1::1', '100::1', '2001::1', '2001:db8::1', '2002:7f00:1::', '3fff::1', '5f00::1', 'fc00::1', 'fd00::1'],
  ...['fe80::1', 'fec0::1', 'ff02::1', 'fe80::1%lo', 'localhost', '', '1', '1.1.1', '1.1.1.1.'],
])('%s is not, unless it is listed', (address) => {
  expect(createAddressRule([])(address)).toBe(false);
});

test('what is listed may be connected to, and nothing beside it', () => {
  const rule = createAddressRule(networks('10.1.0.0/16', 'fd00:1::/32', '192.168.7.9'));
  const allowed = ['10.1.2.3', '::ffff:10.1.2.3', 'fd00:1::5', '192.168.7.9', '8.8.8.8'];
  expect(allowed.filter((address) => !rule(address))).toEqual([]);
  expect(['10.2.0.1', 'fd00:2::1', '192.168.7.8', '127.0.0.1'].filter(rule)).toEqual([]);
});
