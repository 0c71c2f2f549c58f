import assert from 'node:assert/strict';
import { DeadlineError } from '@agentflow/core';
import type { Check } from '../runner.js';
import { shown, strangeTexts } from '../strange-texts.js';
import { type Access, accessOf, type TestedAuthorization } from './ask.js';
import type { AllowedCase } from './cases.js';
import type { Suite } from './suite.js';

const unknownNames = ['conformance-unknown', ...strangeTexts];

/** That what no rule names is denied. A throw is no allow either: it ends as 503. To keep everybody waiting is neither. */
export function defaultDenyChecks(suite: Suite): Check[] {
  const { allowed, denied } = suite.cases;
  return [
    ...allowed.filter(({ wildcard }) => wildcard !== true).map((one) => unknownCheck(one, suite)),
    ...denied.map((one) =>
      suite.check(`denied whatever the id: ${one.what}`, async (backend) => {
        for (const resourceId of unknownNames) {
          await expectNoAllow(backend, { ...accessOf(one), resourceId }, `the id ${shown(resourceId)}`, suite);
        }
      }),
    ),
  ];
}

/** Resources and actions that do not exist, and such as a pattern, a prefix or a lookup that is too kind would take. */
function unknownCheck(one: AllowedCase, suite: Suite): Check {
  const { resource, action } = one;
  return suite.check(`unknown resources and actions are denied: ${one.what}`, async (backend) => {
    const access = accessOf(one);
    for (const name of [...unknownNames, ...nearly(resource)]) {
      await expectNoAllow(backend, { ...access, resource: name }, `the resource ${shown(name)}`, suite);
    }
    for (const name of [...unknownNames, ...nearly(action)]) {
      await expectNoAllow(backend, { ...access, action: name }, `the action ${shown(name)}`, suite);
    }
    for (const name of unknownNames) {
      await expectNoAllow(backend, { ...access, resource: name, action: name }, `${shown(name)} twice`, suite);
    }
  });
}

/** Names that are not the name, and that a careless comparison takes for it. */
export function nearly(name: string): readonly string[] {
  const otherCase = name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase();
  return [`${name}x`, `x${name}`, name.slice(0, -1), name.slice(1), `${name} `, otherCase].filter(
    (other) => other !== name,
  );
}

export async function expectNoAllow(
  backend: TestedAuthorization,
  access: Access,
  what: string,
  suite: Suite,
): Promise<void> {
  const verdict = await suite.ask(backend, access);
  assert.notEqual(verdict.effect, 'allow', `${what} must not be allowed`);
  const isLate = verdict.effect === 'failed' && verdict.error instanceof DeadlineError;
  assert.ok(!isLate, `${what}: it never answered`);
}
