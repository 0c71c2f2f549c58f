import { patternFunctions, readModel } from '@agentflow/policy';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createLineCheck } from './check-line.js';

const model = readModel(`[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = g(r.sub, p.sub) && regexMatch(r.obj, p.obj) && r.act == p.act
`);

test('a pattern is read once for a line, and is not kept for ever', () => {
  const read = vi.spyOn(patternFunctions, 'get');
  onTestFinished(() => read.mockRestore());
  const check = createLineCheck(model);
  const checkOne = (pattern: string) => check({ key: 'p', values: ['admin', pattern, 'read'] });
  expect(checkOne('^graph$')).not.toHaveProperty('message');
  checkOne('^graph$');
  expect(read).toHaveBeenCalledTimes(1);
  for (let index = 0; index < 5_000; index += 1) checkOne(`^graph|x${index}$`);
  expect(read).toHaveBeenCalledTimes(5_001);
  checkOne('^graph$');
  expect(read).toHaveBeenCalledTimes(5_002);
});
