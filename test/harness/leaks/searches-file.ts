import { fileURLToPath } from 'node:url';

/** How much was searched, file by file, for the one line at the end of all: secrets, dumps, bytes. */
export const searchesFile = fileURLToPath(new URL('../../../test-artifacts/searches.txt', import.meta.url));
