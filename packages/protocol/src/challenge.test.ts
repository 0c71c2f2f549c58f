import { describe, expect, test } from 'vitest';
import { type Challenge, formatChallenge, parseChallenges } from './challenge.js';

describe('challenges', () => {
  test.each<[string, Challenge]>([
    ['Bearer realm="agentflow"', { scheme: 'Bearer', parameters: { realm: 'agentflow' } }],
    [
      'Bearer realm="a", error="insufficient_scope", scope="graph:invoke"',
      { scheme: 'Bearer', parameters: { realm: 'a', error: 'insufficient_scope', scope: 'graph:invoke' } },
    ],
    ['Basic realm="say \\"hi\\"\\\\"', { scheme: 'Basic', parameters: { realm: 'say "hi"\\' } }],
    ['Negotiate', { scheme: 'Negotiate', parameters: {} }],
  ])('%s is written and read alike', (text, challenge) => {
    expect(formatChallenge(challenge)).toBe(text);
    expect(parseChallenges(text)).toEqual([challenge]);
  });

  test('several in one field are told apart, with and without quotes', () => {
    expect(parseChallenges('Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"')).toEqual([
      { scheme: 'Newauth', parameters: { realm: 'apps', type: '1', title: 'Login to "apps"' } },
      { scheme: 'Basic', parameters: { realm: 'simple' } },
    ]);
  });

  test.each(['a\r\nSet-Cookie: x', 'ümlaut', 'nul\u0000'])(
    'a value that could leave the field is refused: %j',
    (realm) => {
      expect(() => formatChallenge({ scheme: 'Bearer', parameters: { realm } })).toThrow(TypeError);
    },
  );

  test.each(['', 'Bea rer', 'a,b'])('a scheme that is no token is refused: %j', (scheme) => {
    expect(() => formatChallenge({ scheme, parameters: {} })).toThrow(TypeError);
  });
});
