import { type ParseErrorCode, printParseErrorCode } from 'jsonc-parser';

/** What is wrong with a text that is no JSON, what to do about it, and where. */
export interface SyntaxExplanation {
  readonly message: string;
  readonly remedy: string;
  readonly offset: number;
}

const remedies: Readonly<Record<string, readonly [message: string, remedy: string]>> = {
  InvalidCommentToken: ['a comment', 'JSON has no comments: remove it.'],
  CommaExpected: ['a comma is missing', 'Put a comma between this and what stands before it.'],
  ColonExpected: ['a colon is missing', 'Write "key": value.'],
  PropertyNameExpected: ['a key is expected here', 'Keys stand in double quotes: "agent".'],
  ValueExpected: ['a value is expected here', 'Texts stand in double quotes: "jwt".'],
  InvalidSymbol: ['this means nothing in JSON', 'Texts and keys stand in double quotes: "jwt".'],
  CloseBraceExpected: ['a "}" is missing', 'Close the object that is open here.'],
  CloseBracketExpected: ['a "]" is missing', 'Close the list that is open here.'],
  EndOfFileExpected: ['something stands behind the end', 'Remove what stands behind the last "}".'],
  UnexpectedEndOfString: ['a text has no end', 'Close it with a double quote, on the same line.'],
  InvalidEscapeCharacter: ['an escape that JSON does not have', 'For a backslash write two.'],
  InvalidCharacter: ['a control character in a text', 'Write it as an escape: \\n, \\t.'],
};

export function explainSyntax(text: string, error: ParseErrorCode, offset: number): SyntaxExplanation {
  if (text.trim() === '') {
    return { message: 'the file is empty', remedy: 'Write {"agent": "graph/react.ts:app", "auth": "jwt"}.', offset: 0 };
  }
  const before = text.slice(0, offset).trimEnd();
  if (before.endsWith(',') && /^\s*[}\]]/.test(text.slice(offset))) {
    return { message: 'nothing follows this comma', remedy: 'Remove the comma.', offset: before.length - 1 };
  }
  const code = printParseErrorCode(error);
  const [message, remedy] = remedies[code] ?? [
    code.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase(),
    'Correct it here or just before: texts in double quotes, a comma between two and none after the last.',
  ];
  return { message, remedy, offset };
}
