import type { PrincipalFields } from '@agentflow/core';
import type { Check } from '../runner.js';
import { shown, strangeTexts } from '../strange-texts.js';
import { accessOf } from './ask.js';
import type { AllowedCase } from './cases.js';
import { expectNoAllow, nearly } from './check-default-deny.js';
import type { Suite } from './suite.js';

type Somebody = AllowedCase['user'];

/** Never the subject of a case, and one that any realm may have. */
const stranger = 'conformance-stranger';

/** That rights hang on who somebody is: not on a name that looks like it, nor on a role's name where a subject stands. */
export function identityChecks(suite: Suite): Check[] {
  const personal = suite.cases.allowed.filter(({ everybody }) => everybody !== true);
  return personal.flatMap((one) => [
    suite.check(`a stranger is denied it: ${one.what}`, async (backend) => {
      const strangers: readonly Somebody[] = [
        { subject: stranger },
        ...strangeTexts.map((role) => ({ subject: stranger, roles: [role] })),
      ];
      for (const user of strangers) {
        await expectNoAllow(backend, accessOf({ ...one, user }), `somebody with the roles ${told(user)}`, suite);
      }
    }),
    suite.check(`a role is no subject, and a subject no role: ${one.what}`, async (backend) => {
      for (const user of confused(one.user)) {
        await expectNoAllow(backend, accessOf({ ...one, user }), `${shown(user.subject)} with ${told(user)}`, suite);
      }
    }),
    suite.check(`nearly the same subject and roles are others: ${one.what}`, async (backend) => {
      for (const user of almost(one.user)) {
        await expectNoAllow(backend, accessOf({ ...one, user }), `${shown(user.subject)} with ${told(user)}`, suite);
      }
    }),
  ]);
}

function told({ roles = [] }: Pick<PrincipalFields, 'roles'>): string {
  return `[${roles.map(shown).join(', ')}]`;
}

/** Whoever is called like a role does not have it; whoever has a role called like a subject is not them. */
function confused({ subject, roles = [] }: Somebody): readonly Somebody[] {
  const named = roles.filter((role) => role !== '').map((role) => ({ subject: role }));
  const impostor = { subject: stranger, roles: [subject, `user:${subject}`] };
  return [...named, impostor].filter((one) => one.subject !== subject);
}

function almost({ subject, roles = [] }: Somebody): readonly Somebody[] {
  const subjects = nearly(subject).filter((name) => name !== '');
  return subjects.flatMap((other) => {
    const nearlyRoles = roles.flatMap(nearly).filter((role) => !roles.includes(role));
    const joined = roles.length > 1 ? [roles.join(','), roles.join(' ')] : [];
    return [{ subject: other }, ...[...nearlyRoles, ...joined].map((role) => ({ subject: other, roles: [role] }))];
  });
}
