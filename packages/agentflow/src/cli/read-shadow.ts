import type { CandidatePolicy } from '../compose/candidate-policy.js';
import { invalid, type LoadedConfiguration } from '../configuration/load-configuration.js';

/** What the command line says about a candidate that is asked beside the policy. */
export interface ShadowFlags {
  readonly shadow?: string | undefined;
  readonly shadowModel?: string | undefined;
}

/** @throws {InvalidConfigurationError} for a model without rules */
export function readShadow(
  { shadow, shadowModel }: ShadowFlags,
  { source }: LoadedConfiguration,
): CandidatePolicy | undefined {
  if (shadow !== undefined) return { policy: shadow, model: shadowModel, directory: process.cwd() };
  if (shadowModel === undefined) return undefined;
  const message = '--shadow-model names the model of a candidate, and no candidate is named';
  throw invalid(source, [{ path: [], message, remedy: 'Name its rules with --shadow FILE.' }]);
}
