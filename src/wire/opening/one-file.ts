import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openZip, ZipError, zipLimits } from '../zip/index.ts';
import { OpeningError } from './error.ts';
import type { OpeningLimits } from './limits.ts';

/**
 * The bytes of the only file of a zip package, which is put aside in a folder, since a package is read by the list at its
 * end. Packages of several files are refused, and so is what {@link openZip} refuses.
 */
export async function* onlyFile(
  bytes: AsyncIterable<Uint8Array>,
  limits: OpeningLimits,
  workFolder: string,
): AsyncGenerator<Uint8Array> {
  await mkdir(workFolder, { recursive: true, mode: 0o700 });
  const home = await mkdtemp(join(workFolder, `open-${process.pid}-`));
  try {
    const path = join(home, 'package.zip');
    await putAside(bytes, path, limits.bytes);
    yield* unpacked(path, limits);
  } catch (error) {
    if (!(error instanceof ZipError)) throw error;
    throw new OpeningError(error.code, error.message);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function* unpacked(path: string, limits: OpeningLimits): AsyncGenerator<Uint8Array> {
  const zip = await openZip(path, {
    ...zipLimits,
    fileBytes: limits.bytes,
    totalBytes: limits.bytes,
    ratio: limits.ratio,
  });
  try {
    const [entry, ...others] = zip.entries;
    if (entry === undefined) throw new OpeningError('unreadable-input', 'the zip package holds no file');
    if (others.length > 0) {
      const text = `the zip package holds ${zip.entries.length} files; for this feed it must hold one`;
      throw new OpeningError('forbidden-input', text);
    }
    // What leads out is refused when the package is opened; what has folders has no business here.
    if (/[/\\]/.test(entry.name)) {
      throw new OpeningError('forbidden-input', 'the file of the zip package must not lie in a folder');
    }
    yield* zip.read(entry);
  } finally {
    zip.close();
  }
}

async function putAside(bytes: AsyncIterable<Uint8Array>, path: string, most: number): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  let count = 0;
  try {
    for await (const chunk of bytes) {
      count += chunk.length;
      if (count > most) throw new OpeningError('too-large', `it has more than ${most} bytes`);
      await file.writeFile(chunk);
    }
  } finally {
    await file.close();
  }
}
