import type { Policy } from './policy.js';
import type { PolicyLine } from './rules/rule.js';
import { Turns } from './turns.js';

/**
 * Reads in turns what lines hold besides names: whatever else the process does goes on meanwhile. Whoever then changes the policy
 * by them finds it read: a pattern may take milliseconds, and a change may have thousands. Faults are told by the change.
 */
export async function readAhead({ parts: { compiled }, size }: Policy, lines: readonly PolicyLine[]): Promise<void> {
  const turns = new Turns();
  compiled.compiler.texts.makeRoomFor(size + lines.length);
  for (const line of lines) {
    if (line.key === compiled.model.ruleKey) compiled.readRule(line, 0);
    if (turns.isOver()) await turns.end();
  }
}
