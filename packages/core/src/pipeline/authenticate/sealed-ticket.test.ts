import { expect, test } from 'vitest';
import { hashTicket, isTicketForm, openTicket, sealTicket } from './sealed-ticket.js';

const text = JSON.stringify([['x-api-key', 'a secret that is long enough']]);

test('what was sealed is opened by its ticket, and told by neither its hash nor its bytes', () => {
  const { ticket, hash, sealed } = sealTicket(text, 'here');
  expect(openTicket(ticket, 'here', sealed)).toBe(text);
  expect(isTicketForm(ticket)).toBe(true);
  expect(hash).toBe(hashTicket(ticket));
  expect(hash).not.toContain(ticket);
  expect(Buffer.from(sealed).toString('latin1')).not.toContain('secret');
});

test('not by another ticket, for another place, or with a bit that is not what it was', () => {
  const { ticket, sealed } = sealTicket(text, 'here');
  expect(() => openTicket(sealTicket(text, 'here').ticket, 'here', sealed)).toThrow();
  expect(() => openTicket(ticket, 'there', sealed)).toThrow();
  for (const index of [0, 13, sealed.length - 1]) {
    const changed = Buffer.from(sealed);
    changed[index] = (changed[index] ?? 0) ^ 1;
    expect(() => openTicket(ticket, 'here', changed)).toThrow();
  }
  expect(() => openTicket(ticket, 'here', sealed.subarray(0, -4))).toThrow();
  expect(() => openTicket(ticket, 'here', new Uint8Array())).toThrow();
});

test('two of the same are nothing alike', () => {
  const tickets = Array.from({ length: 100 }, () => sealTicket(text, 'here'));
  for (const part of ['ticket', 'hash'] as const) expect(new Set(tickets.map((one) => one[part])).size).toBe(100);
});

test.each(['', 'x', 'a'.repeat(42), 'a'.repeat(44), `${'a'.repeat(42)}.`, `${'a'.repeat(42)}\n`])(
  '%j is no ticket',
  (given) => {
    expect(isTicketForm(given)).toBe(false);
  },
);
