import type { CallOptions } from '../request/call-options.js';
import type { RouteAnswers } from '../request/route-answers.js';
import { ThreadMethods } from './threads.js';

/** A file to upload: one that a person chose, bytes, or bytes with a name. */
export type FileSource = Blob | { readonly data: Blob; readonly filename: string };

/** Files, to which messages refer by their ids (contract 1.7). */
export abstract class FileMethods extends ThreadMethods {
  uploadFile(file: FileSource, options?: CallOptions): Promise<RouteAnswers['POST /v1/files/upload']> {
    const form = new FormData();
    if ('filename' in file) form.append('file', file.data, file.filename);
    else form.append('file', file, (file as Blob & { readonly name?: string }).name ?? 'upload');
    return this.request('POST /v1/files/upload', { ...options, body: form });
  }

  /** The bytes. */
  getFile(fileId: string, options: CallOptions = {}): Promise<Blob> {
    const outgoing = this.outgoing('GET /v1/files/{file_id}', { file_id: fileId });
    return this.exchange.read({ ...outgoing, accept: '*/*' }, options, (response) => response.blob());
  }

  getFileInfo(fileId: string, options?: CallOptions): Promise<RouteAnswers['GET /v1/files/{file_id}/info']> {
    return this.request('GET /v1/files/{file_id}/info', { ...options, path: { file_id: fileId } });
  }

  /** The whole address of what an answer tells without scheme and host: the `url` of a file, for instance. */
  addressOf(path: string): string {
    return `${this.settings.baseUrl}${path}`;
  }

  /** An address under which a browser may fetch the file for a while, without a credential. */
  getFileAccessUrl(fileId: string, options?: CallOptions): Promise<RouteAnswers['GET /v1/files/{file_id}/url']> {
    return this.request('GET /v1/files/{file_id}/url', { ...options, path: { file_id: fileId } });
  }

  deleteFile(fileId: string, options?: CallOptions): Promise<RouteAnswers['DELETE /v1/files/{file_id}']> {
    return this.request('DELETE /v1/files/{file_id}', { ...options, path: { file_id: fileId } });
  }

  getMultimodalConfig(options?: CallOptions): Promise<RouteAnswers['GET /v1/config/multimodal']> {
    return this.request('GET /v1/config/multimodal', options);
  }
}
