import { AuthorizationBackend, allow, type Decision, type ServingSurroundings } from '@agentflow/core';

/** Everybody who is authenticated may do everything. What their credential's scopes forbid stays forbidden. */
class InsecureAllowAllAuthorization extends AuthorizationBackend {
  authorize(): Decision {
    return allow('insecure-allow-all allows everything');
  }

  override describe(): string {
    return 'everybody authenticated may do everything';
  }
}

export function createInsecureAllowAllAuthorization(
  surroundings: Pick<ServingSurroundings, 'announce'>,
): AuthorizationBackend {
  surroundings.announce(
    'INSECURE: "insecure-allow-all" lets everybody who is authenticated do EVERYTHING, also repair threads and administer.',
  );
  return new InsecureAllowAllAuthorization();
}
