import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

/** More is no line that somebody has meant. */
const maxCharacters = 8 * 1024;

/** One line that is typed in. @throws {Error} for Ctrl-C, and for Ctrl-D on nothing */
export function askLine(question: string): Promise<string> {
  return ask(question, process.stderr);
}

/** The same, without showing what is typed in. */
export async function askHidden(question: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  // Hidden before the question stands there: whoever answers at once is not shown either.
  const answer = ask('', nowhere, true);
  process.stderr.write(question);
  try {
    return await answer;
  } finally {
    process.stderr.write('\n');
  }
}

/** The first line of standard input, without its end; nothing of what follows. */
export async function readInputLine(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += String(chunk);
    if (text.includes('\n') || text.length > maxCharacters) break;
  }
  const [line = ''] = text.split(/\r?\n/, 1);
  if (line.length > maxCharacters) throw new Error('the first line of standard input is too long');
  return line;
}

function ask(question: string, output: NodeJS.WritableStream, terminal?: boolean): Promise<string> {
  const lines = createInterface({ input: process.stdin, output, terminal, historySize: 0 });
  return new Promise((resolve, reject) => {
    // Also by Ctrl-C, by Ctrl-D on nothing, and where the terminal has gone.
    lines.once('close', () => reject(new Error('nothing was changed')));
    lines.question(question, (answer) => {
      resolve(answer);
      lines.close();
    });
  });
}
