import { sql } from 'kysely';

/** Whether `search_text`, which is in small letters, holds a text; the wildcards of `like` stand for themselves. */
export function mentions(search: string) {
  const pattern = `%${search.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
  return sql<boolean>`search_text like ${pattern} escape '\\'`;
}
