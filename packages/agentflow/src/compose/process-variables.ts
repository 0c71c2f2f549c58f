import type { Environment } from '../configuration/environment.js';

/** The variables of the process, to which those of a configuration are added: user code reads them there, as AgentFlow's does. */
export interface ProcessVariables {
  /** Those that the process was started with. */
  readonly inherited: Environment;
  /** Shows what an environment has, instead of what was shown before. Returns how to take it back. */
  show(environment: Environment): () => void;
}

export function createProcessVariables(): ProcessVariables {
  const inherited = { ...process.env };
  let shown: Environment = {};
  const put = (environment: Environment) => {
    for (const name of Object.keys(shown)) delete process.env[name];
    const isMissing = ([name, value]: [string, string | undefined]) =>
      value !== undefined && process.env[name] === undefined;
    shown = Object.fromEntries(Object.entries(environment).filter(isMissing));
    Object.assign(process.env, shown);
  };
  return {
    inherited,
    show(environment) {
      const before = shown;
      put(environment);
      return () => put(before);
    },
  };
}
