import type { Feed } from '../types.ts';

/** How a ZIP archive begins: with a file, or with its end where it is empty. */
const zipStarts = ['504b0304', '504b0506'];

/** The protocol of a new feed, by its first file. */
export function protocolOf(first: Uint8Array): Feed['protocol'] {
  const start = Buffer.from(first.subarray(0, 4)).toString('hex');
  if (zipStarts.includes(start)) return 'oneroster-csv';
  return /^(?:\xef\xbb\xbf)?\s*\{/.test(Buffer.from(first).toString('latin1')) ? 'srs-snapshot' : 'ims-enterprise-xml';
}
