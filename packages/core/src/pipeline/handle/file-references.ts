import type { Block, MediaRef } from '@agentflow/protocol';
import { ValidationError } from '../../errors.js';
import type { StoredFile } from '../../stores/file-store.js';
import type { Call } from './call.js';
import type { ClientMessage } from './client-messages.js';
import type { KeptFiles } from './file-parts.js';
import { fileNotFound, isFileId, readText } from './find-file.js';

/** How a message that is kept, and a graph, name a file; the second is the same in later generations of AgentFlow. */
const schemes = ['agentflow://media/', 'graph://media/'] as const;

/** Each is looked for, and asked about. */
const maxFiles = 100;

/** The address of a file in a message. */
export function mediaUrlOf(fileId: string): string {
  return `${schemes[0]}${fileId}`;
}

/** What an address in a message says the id of a file is; undefined where it is no such address. */
export function fileIdOfUrl(url: string): string | undefined {
  const scheme = schemes.find((one) => url.startsWith(one));
  return scheme && url.slice(scheme.length);
}

/**
 * Puts in the place of every file that messages refer to what a thread keeps of it: a document that is a text becomes that text, anything
 * else an address, with the type and the name that we know. The caller must be allowed to read the file, and it must be theirs: in
 * another's thread as well as in their own.
 * @throws {AccessDeniedError} without `files:read` on it
 * @throws {NotFoundError} for an unused id and for another owner's file alike
 * @throws {ValidationError} if there are more than a hundred
 */
export async function resolveFiles(
  call: Pick<Call, 'owner' | 'requireOn'>,
  kept: KeptFiles,
  messages: readonly ClientMessage[],
): Promise<readonly ClientMessage[]> {
  const fileIds = new Set(messages.flatMap(referencesIn));
  if (fileIds.size === 0) return messages;
  if (fileIds.size > maxFiles) {
    const msg = `must refer to at most ${maxFiles} files`;
    throw new ValidationError([{ loc: ['body', 'messages'], msg, type: 'too_big' }]);
  }
  const found = new Map<string, StoredFile>();
  for (const fileId of fileIds) found.set(fileId, await findReferenced(call, kept, fileId));
  return Promise.all(messages.map((message) => replaceReferences(message, found, kept)));
}

async function findReferenced(
  call: Pick<Call, 'owner' | 'requireOn'>,
  { files }: KeptFiles,
  fileId: string,
): Promise<StoredFile> {
  if (!isFileId(fileId)) throw fileNotFound();
  await call.requireOn('files:read', fileId);
  const file = await files.find(call.owner, fileId);
  if (file === undefined) throw fileNotFound();
  return file;
}

function referencesIn({ content }: ClientMessage): string[] {
  if (typeof content === 'string') return [];
  return content.flatMap((block) => {
    const media = mediaOf(block);
    const fileId = media && referenceOf(media);
    return fileId === undefined ? [] : [fileId];
  });
}

function mediaOf(block: Block): MediaRef | undefined {
  return 'media' in block && block.media !== null ? block.media : undefined;
}

/** A reference without an id is one to nothing. */
function referenceOf({ kind, file_id: fileId, url }: MediaRef): string | undefined {
  if (kind === 'file_id') return fileId ?? '';
  return kind === 'url' && typeof url === 'string' ? fileIdOfUrl(url) : undefined;
}

async function replaceReferences(
  message: ClientMessage,
  found: ReadonlyMap<string, StoredFile>,
  kept: KeptFiles,
): Promise<ClientMessage> {
  if (typeof message.content === 'string') return message;
  const content = await Promise.all(message.content.map((block) => replaceReference(block, found, kept)));
  return { ...message, content };
}

async function replaceReference(block: Block, found: ReadonlyMap<string, StoredFile>, kept: KeptFiles): Promise<Block> {
  const media = mediaOf(block);
  const file = media && found.get(referenceOf(media) ?? '');
  if (file === undefined) return block;
  const text = block.type === 'document' ? await readText(kept, file) : null;
  if (text !== null) return { type: 'text', text, annotations: [] };
  const { fileId, mimeType, filename } = file;
  const reference: MediaRef = { kind: 'url', url: mediaUrlOf(fileId), file_id: fileId, mime_type: mimeType, filename };
  return { ...block, media: reference } as Block;
}
