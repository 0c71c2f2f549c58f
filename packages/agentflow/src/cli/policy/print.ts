/** What a command answers, on standard output. */
export function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.map((line) => line.trimEnd()).join('\n')}\n`);
}

export function printJson(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
}
