import type { FileOutcome } from '../handle/outcome.js';

/**
 * What a browser may show by itself: it draws or plays it, and runs nothing in it. Never a document that can hold scripts, as HTML, SVG and
 * XML can.
 */
const shown = /^(?:image\/(?:png|jpeg|gif|webp|avif|bmp)|(?:audio|video)\/[\w.+-]+|application\/pdf)$/;

/** The header fields of a file's bytes. Somebody's upload is nobody's page: it runs nothing, and loads nothing. */
export function fileHeaders({ file: { filename, mimeType, sizeBytes } }: FileOutcome): Record<string, string> {
  const isText = mimeType.startsWith('text/');
  return {
    'Content-Type': isText ? `${mimeType}; charset=utf-8` : mimeType,
    'Content-Length': String(sizeBytes),
    'Content-Disposition': disposition(shown.test(mimeType) ? 'inline' : 'attachment', filename),
    'Content-Security-Policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
    'Cache-Control': 'private, no-cache',
    'Accept-Ranges': 'none',
  };
}

/** RFC 6266 §4: the name in letters that everybody reads, and beside it, where that is another, as RFC 8187 writes it. */
function disposition(type: 'inline' | 'attachment', filename: string): string {
  const plain = filename.replace(/[^\x20-\x7e]|["%\\]/g, '_');
  if (plain === filename) return `${type}; filename="${plain}"`;
  const encoded = encodeURIComponent(filename).replace(/['()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
  return `${type}; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
