import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import type { Answer } from './requests.js';

/** What is put into the field `file` of a form. */
export interface Upload {
  readonly name?: string;
  readonly type?: string;
  readonly bytes: Uint8Array | string;
}

/** Uploads as a browser does. */
export async function upload(url: string, token: string | undefined, { name, type, bytes }: Upload): Promise<Answer> {
  const form = new FormData();
  const blob = new Blob([typeof bytes === 'string' ? bytes : new Uint8Array(bytes)], { type: type ?? '' });
  form.append('file', blob, name ?? 'upload');
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const response = await fetch(`${url}/v1/files/upload`, { method: 'POST', headers, body: form });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: JSON.parse(text), text };
}

const boundary = 'the-boundary-of-a-form';

/** A form as it crosses the wire, written by hand: also one that no browser would write. */
export function formText(
  parts: readonly { readonly head: readonly string[]; readonly body: string }[],
  end = '--',
): string {
  const written = parts.map(({ head, body }) => `--${boundary}\r\n${head.join('\r\n')}\r\n\r\n${body}\r\n`);
  return `${written.join('')}--${boundary}${end}\r\n`;
}

export const formType = `multipart/form-data; boundary=${boundary}`;

/** The part that holds the file. */
export function filePart(filename: string, body: string, type = 'text/plain') {
  const disposition = `Content-Disposition: form-data; name="file"; filename="${filename}"`;
  return { head: [disposition, `Content-Type: ${type}`], body };
}

/** A picture of one point. */
export function png(): Buffer {
  const chunk = (name: string, body: Buffer) => {
    const named = Buffer.concat([Buffer.from(name), body]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(body.length);
    sum.writeUInt32BE(crc32(named));
    return Buffer.concat([length, named, sum]);
  };
  const header = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0]);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const points = deflateSync(Buffer.from([0, 200, 100, 50]));
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', points), chunk('IEND', Buffer.alloc(0))]);
}

function crc32(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return (sum ^ 0xffffffff) >>> 0;
}

/** Every file that lies in the folder of files of a project, by its path there. */
export function filesIn(directory: string, folder = '.agentflow/files'): string[] {
  const whole = join(directory, folder);
  if (!existsSync(whole)) return [];
  const names = readdirSync(whole, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => statSync(join(whole, name), { throwIfNoEntry: false })?.isFile() === true);
}
