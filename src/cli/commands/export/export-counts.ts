import { createReadStream } from 'node:fs';
import { openZip } from '../../../wire/index.ts';

const newline = 10;

/** What an exported file holds: rows by file of a package, else persons, groups and members. Read from the file itself. */
export function exportCounts(path: string, format: string): Promise<Record<string, number>> {
  return format === 'ims-enterprise-xml' ? countsOfXml(path) : countsOfPackage(path);
}

/** Rows are counted by their line ends, for no field holds one. */
async function countsOfPackage(path: string): Promise<Record<string, number>> {
  const anySize = { entries: 64, fileBytes: Infinity, totalBytes: Infinity, ratio: Infinity };
  const zip = await openZip(path, anySize);
  try {
    const counts: Record<string, number> = {};
    for (const entry of zip.entries) {
      let lines = 0;
      for await (const chunk of zip.read(entry)) {
        for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, at + 1)) lines += 1;
      }
      if (entry.name !== 'manifest.csv') counts[entry.name.replace(/\.csv$/, '')] = lines - 1;
    }
    return counts;
  } finally {
    zip.close();
  }
}

/** Each record begins on a line of its own. */
async function countsOfXml(path: string): Promise<Record<string, number>> {
  const counts = { persons: 0, groups: 0, members: 0 };
  let rest = '';
  for await (const chunk of createReadStream(path, { encoding: 'latin1', highWaterMark: 1_048_576 })) {
    const text = rest + String(chunk);
    let end = 0;
    for (const { 1: name, index } of text.matchAll(/\n<(person|group|member)[\s>]/g)) {
      counts[`${name as 'person' | 'group' | 'member'}s`] += 1;
      end = index + 1;
    }
    rest = text.slice(Math.max(end, text.length - 10));
  }
  return counts;
}
