import { type ConfigWithUser, fileOf } from 'agentflow';

interface Input {
  readonly messages: readonly { readonly content: readonly { readonly media: { readonly url: string } }[] }[];
}

/** Answers with the blocks of the last message, and with how large the first file in it is. */
export const app = {
  async invoke({ messages }: Input, config: ConfigWithUser): Promise<string> {
    const given = messages.at(-1)?.content;
    const file = await fileOf(config, given?.[0]?.media.url ?? '');
    return JSON.stringify({ given, size: file?.bytes.length });
  },
};
