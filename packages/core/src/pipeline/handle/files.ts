import type { FileAccessUrl, FileInfo, MultimodalConfig, UploadedFile } from '@agentflow/protocol';
import type { StoredFile } from '../../stores/file-store.js';
import type { Handlers } from './call.js';
import type { FileParts } from './file-parts.js';
import { fileNotFound, findFile, isFileId, readBytes, readText } from './find-file.js';
import { data, type FileOutcome } from './outcome.js';
import { createSignedLinks } from './signed-links.js';
import { underLease } from './under-lease.js';
import { createUploader } from './upload-file.js';

type FileRoutes =
  | 'uploadFile'
  | 'readFile'
  | 'deleteFile'
  | 'readFileInfo'
  | 'readFileUrl'
  | 'readFileContent'
  | 'readMultimodalConfig';

/** The routes of files (contract 1.7). All but the link begin in the caller's own files, and never leave them. */
export function createFileHandlers(parts: FileParts): Pick<Handlers, FileRoutes> {
  const { files, vault, rules, serverKeys, clock, log } = parts;
  const links = createSignedLinks({ keys: serverKeys, clock, lifeSeconds: rules.linkSeconds });
  const upload = createUploader(parts);

  const describe = async (file: StoredFile, isReadable: boolean): Promise<FileInfo> => {
    const link = isReadable ? await links.sign(file.fileId) : undefined;
    return {
      file_id: file.fileId,
      mime_type: file.mimeType,
      size_bytes: file.sizeBytes,
      filename: file.filename,
      extracted_text: await readText(parts, file),
      direct_url: link?.url ?? null,
      direct_url_expires_at: link?.expiresAt ?? null,
    };
  };

  return {
    uploadFile: async (call) => {
      const file = await upload(call);
      // Whoever may put files there need not be allowed to read them, and the link would be a way around.
      const info = await describe(file, await call.mayOn('files:read', file.fileId));
      return data({ ...info, url: `/v1/files/${file.fileId}` } satisfies UploadedFile);
    },

    readFile: async (call) => {
      const { bytes, ...file } = await answer(parts, await findFile(parts, call));
      return { ...file, bytes: underLease(() => call.openLease(), bytes) };
    },

    readFileInfo: async (call) => data(await describe(await findFile(parts, call), true)),

    readFileUrl: async (call) => {
      const { fileId, mimeType } = await findFile(parts, call);
      const { url, expiresAt } = await links.sign(fileId);
      return data({ file_id: fileId, url, expires_at: expiresAt, mime_type: mimeType } satisfies FileAccessUrl);
    },

    deleteFile: async (call) => {
      const { fileId } = await findFile(parts, call);
      if (!(await files.delete(call.owner, fileId))) throw fileNotFound();
      // Without its row it is gone: what stays lying there is cleared away later.
      await vault.delete(fileId).catch((error: unknown) => log.warn({ error }, 'the bytes of a file were not deleted'));
      return data({ file_id: fileId, deleted: true });
    },

    readFileContent: async ({ parameters, query }) => {
      const fileId = parameters['file_id'] ?? '';
      // A bad link is refused as if there were no file, before anybody looks for one.
      if (!isFileId(fileId) || !(await links.isSigned(fileId, query))) throw fileNotFound();
      const file = await files.findLinked(fileId);
      if (file === undefined) throw fileNotFound();
      return answer(parts, file);
    },

    readMultimodalConfig: () =>
      data({
        media_storage_type: 'local',
        media_max_size_mb: rules.maxBytes / (1024 * 1024),
        document_handling: 'extract_text',
        media_types: rules.types,
      } satisfies MultimodalConfig),
  };
}

async function answer(parts: FileParts, file: StoredFile): Promise<FileOutcome> {
  return { kind: 'file', file, bytes: await readBytes(parts, file) };
}
