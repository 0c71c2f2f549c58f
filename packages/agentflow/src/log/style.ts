import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Colours where the terminal has them and NO_COLOR does not forbid them. */
export function paint(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  const isColoured = stream.isTTY && !process.env['NO_COLOR'];
  return isColoured ? styleText(style, text) : text;
}
