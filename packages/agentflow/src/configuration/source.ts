import type { ConfigurationFault } from '@agentflow/core';
import { findNodeAtLocation, type Node, type ParseError, parseTree } from 'jsonc-parser';
import { explainSyntax } from './explain-syntax.js';

type Path = readonly (string | number)[];

/** A place in the file, counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A fault with its place; without one where the fault is not in the file. */
export interface LocatedFault extends ConfigurationFault {
  readonly place?: Place | undefined;
}

/** The text of the configuration, which knows where each of its keys stands. */
export class ConfigurationSource {
  readonly file: string;
  readonly #text: string;
  readonly #root: Node | undefined;
  readonly syntaxFaults: readonly LocatedFault[];

  constructor(file: string, text: string) {
    this.file = file;
    // Some editors put a byte order mark in front.
    this.#text = text.replace(/^\uFEFF/, '');
    const errors: ParseError[] = [];
    this.#root = parseTree(this.#text, errors, { disallowComments: true, allowTrailingComma: false });
    this.syntaxFaults =
      errors.length > 0 ? errors.slice(0, 1).map((error) => this.#syntaxFault(error)) : this.#duplicates();
  }

  /** The file's value. Only of use where there are no syntax faults. */
  get value(): unknown {
    return JSON.parse(this.#text);
  }

  /** Whether a key of the file holds a list. */
  isList(key: string): boolean {
    return this.#root !== undefined && findNodeAtLocation(this.#root, [key])?.type === 'array';
  }

  /** Where a key stands, or the nearest thing around it that stands in the file. */
  locate(path: Path): Place | undefined {
    if (this.#root === undefined) return undefined;
    for (let length = path.length; length > 0; length--) {
      const node = findNodeAtLocation(this.#root, path.slice(0, length));
      if (node !== undefined) return this.#place((node.parent?.type === 'property' ? node.parent : node).offset);
    }
    return this.#place(this.#root.offset);
  }

  #place(offset: number): Place {
    const before = this.#text.slice(0, offset).split('\n');
    return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  }

  #syntaxFault({ error, offset }: ParseError): LocatedFault {
    const { message, remedy, offset: at } = explainSyntax(this.#text, error, offset);
    return { path: [], message: `not JSON: ${message}`, remedy, place: this.#place(at) };
  }

  #duplicates(): LocatedFault[] {
    const faults: LocatedFault[] = [];
    const visit = (node: Node) => {
      const seen = new Set<string>();
      for (const child of node.children ?? []) {
        const key = node.type === 'object' ? child.children?.[0] : undefined;
        if (key !== undefined && seen.has(String(key.value))) {
          const message = `the key "${String(key.value)}" stands twice`;
          faults.push({ path: [], message, remedy: 'Keep one of them.', place: this.#place(key.offset) });
        }
        if (key !== undefined) seen.add(String(key.value));
        visit(child);
      }
    };
    if (this.#root !== undefined) visit(this.#root);
    return faults;
  }
}
