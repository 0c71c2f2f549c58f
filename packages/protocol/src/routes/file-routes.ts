import { defineRoutes } from '../route-definition.js';

/** What principals have uploaded. */
export const fileRoutes = defineRoutes({
  uploadFile: {
    method: 'POST',
    path: '/v1/files/upload',
    requires: { resource: 'files', action: 'upload' },
    body: 'multipart',
    answer: 'envelope',
    summary: 'Keeps a file, which belongs to whoever sends it.',
  },
  readFile: {
    method: 'GET',
    path: '/v1/files/{file_id}',
    requires: { resource: 'files', action: 'read', id: 'path:file_id' },
    answer: 'file',
    summary: 'The bytes of a file.',
  },
  deleteFile: {
    method: 'DELETE',
    path: '/v1/files/{file_id}',
    requires: { resource: 'files', action: 'delete', id: 'path:file_id' },
    answer: 'plain',
    summary: 'Deletes a file, and every link to it.',
  },
  readFileInfo: {
    method: 'GET',
    path: '/v1/files/{file_id}/info',
    requires: { resource: 'files', action: 'read', id: 'path:file_id' },
    answer: 'envelope',
    summary: 'Name, type and size of a file, and its text where it is one.',
  },
  readFileUrl: {
    method: 'GET',
    path: '/v1/files/{file_id}/url',
    requires: { resource: 'files', action: 'read', id: 'path:file_id' },
    answer: 'envelope',
    summary: 'A link to a file that opens for a short time without a credential.',
  },
  readFileContent: {
    method: 'GET',
    path: '/v1/files/{file_id}/content',
    public: 'opens only by a link that the server has signed for whoever may read the file, for a short time',
    answer: 'file',
    summary: 'The bytes of a file, by such a link.',
  },
  readMultimodalConfig: {
    method: 'GET',
    path: '/v1/config/multimodal',
    requires: { resource: 'config', action: 'read' },
    self: 'tells everybody who is let in the same about the files that they may send',
    answer: 'envelope',
    summary: 'Which files are taken, and how large they may be.',
  },
});
