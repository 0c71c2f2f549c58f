import { onePermission } from '@agentflow/authorization/inspection';

/**
 * One permission, with the words of the vocabulary for their other names.
 * @throws {Error} if it is none
 */
export function readPermission(text: string): string {
  const permission = onePermission(text);
  if (typeof permission === 'string') return permission;
  throw new Error(`${permission.message}. ${permission.remedy}`);
}
