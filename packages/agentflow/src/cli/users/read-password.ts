import { askHidden, readInputLine } from '../ask.js';

/**
 * A password, from standard input, or asked for where somebody sits: it is never shown, and never an argument, which all others on the
 * machine could read.
 */
export async function readPassword({
  passwordStdin,
}: {
  readonly passwordStdin?: boolean | undefined;
}): Promise<string> {
  if (passwordStdin === true) return readInputLine();
  if (!process.stdin.isTTY) {
    throw new Error('there is no terminal to ask for the password on: pipe it in, with --password-stdin');
  }
  const password = await askHidden('Password: ');
  if (password !== (await askHidden('The same again: '))) throw new Error('the two are not the same');
  return password;
}
