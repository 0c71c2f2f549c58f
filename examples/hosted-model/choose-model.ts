import type { BaseChatModel } from '@langchain/core/language_models/chat_models';
import { RuleModel } from '../react/rule-model.js';

/** Not among the dependencies of this repository: whoever has a key installs it. Typed as a text, so that none looks for it. */
const packageName: string = '@langchain/openai';

interface HostedModels {
  readonly ChatOpenAI: new (options: { model: string }) => BaseChatModel;
}

/**
 * A hosted model where its key is set, and the rules of the example `react` where it is not. Says which of them it is.
 * @throws {Error} if the key is set and the package is not installed: then a hosted model is meant, and no other will do
 */
export async function chooseModel(environment: NodeJS.ProcessEnv): Promise<BaseChatModel> {
  if (!environment['OPENAI_API_KEY']) {
    say('OPENAI_API_KEY is not set: a model of a few rules answers, without network.');
    return new RuleModel();
  }
  const name = environment['OPENAI_MODEL'] || 'gpt-4o-mini';
  const { ChatOpenAI } = await importHosted();
  say(`OPENAI_API_KEY is set: ${name} answers, and what is said here is sent to its provider.`);
  return new ChatOpenAI({ model: name });
}

async function importHosted(): Promise<HostedModels> {
  try {
    const found: HostedModels = await import(packageName);
    return found;
  } catch (cause) {
    throw new Error(`OPENAI_API_KEY is set, but ${packageName} cannot be loaded: install it, or unset the key`, {
      cause,
    });
  }
}

function say(line: string): void {
  process.stderr.write(`  ${line}\n`);
}
