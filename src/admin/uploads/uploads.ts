import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { randomId } from '../../base/ids.ts';
import { type Failed, failed, ok, type Result } from '../../base/result.ts';
import type { Context } from '../../roster/index.ts';
import type { Sync } from '../../sync/index.ts';
import type { NewUpload, PieceDigest, Upload, Uploads } from './types.ts';

/** What uploads need. */
export interface UploadsDeps {
  readonly sync: Pick<Sync, 'submit'>;
  readonly clock: Clock;
  /** Where pieces lie. */
  readonly folder: string;
  readonly maxFileBytes: number;
}

/** What is kept of an upload beside its bytes. */
interface Kept extends NewUpload {
  readonly id: string;
  readonly tenant: string;
  readonly writer: string;
  readonly expiresAt: string;
  readonly run: string | null;
}

const lifeMs = 86_400_000;
/** Uploads that one credential may have open. */
const mostOpen = 20;
const idShape = /^[\w-]{1,64}$/;

/** Makes {@link Uploads}. */
export function makeUploads({ sync, clock, folder, maxFileBytes }: UploadsDeps): Uploads {
  /** Uploads of which a piece is on its way. */
  const busy = new Set<string>();
  const factsPath = (id: string) => join(folder, `${id}.json`);
  const bytesPath = (id: string) => join(folder, `${id}.part`);

  async function keptOf(id: string): Promise<Kept | undefined> {
    const text = await readFile(factsPath(id), 'utf8').catch(() => undefined);
    return text === undefined ? undefined : (JSON.parse(text) as Kept);
  }

  /** Writes the facts at once or not at all. */
  async function keep(kept: Kept): Promise<void> {
    await writeFile(`${factsPath(kept.id)}.new`, JSON.stringify(kept), { mode: 0o600, flush: true });
    await rename(`${factsPath(kept.id)}.new`, factsPath(kept.id));
  }

  async function drop(id: string): Promise<void> {
    await rm(bytesPath(id), { force: true });
    await rm(factsPath(id), { force: true });
  }

  const isOver = ({ expiresAt }: Kept) => Date.parse(expiresAt) <= clock.now().getTime();

  async function found({ tenant, writer }: Context, id: string): Promise<Result<Kept>> {
    const kept = idShape.test(id) ? await keptOf(id) : undefined;
    const isOwn = kept !== undefined && kept.tenant === tenant && kept.writer === writer && !isOver(kept);
    return isOwn ? ok(kept) : failed('unknown-object', 'There is no such upload, or its time is over; begin anew.');
  }

  async function shown({ tenant: _tenant, writer: _writer, ...kept }: Kept): Promise<Upload> {
    const offset = kept.run === null ? (await stat(bytesPath(kept.id))).size : kept.length;
    return { ...kept, offset };
  }

  /** Queues the run of a whole file; asked again, it is the same run. */
  async function submit(context: Context, kept: Kept): Promise<Result<Upload>> {
    const { id, feed, mode, dryRun, fileName } = kept;
    const asked = { feed, dryRun, fileName, run: id, ...(mode === undefined ? {} : { mode }) };
    const run = await sync.submit(context, asked, createReadStream(bytesPath(id)));
    if (!run.ok) return run;
    const done = { ...kept, run: run.value.id };
    await keep(done);
    await rm(bytesPath(id), { force: true });
    return ok(await shown(done));
  }

  async function sweep(): Promise<void> {
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter((one) => one.endsWith('.json'))) {
      const id = name.slice(0, -'.json'.length);
      const kept = await keptOf(id);
      if (kept !== undefined && isOver(kept) && !busy.has(id)) await drop(id);
    }
  }

  async function openOf({ tenant, writer }: Context): Promise<number> {
    let count = 0;
    for (const name of (await readdir(folder)).filter((one) => one.endsWith('.json'))) {
      const kept = await keptOf(name.slice(0, -'.json'.length));
      if (kept?.tenant === tenant && kept.writer === writer && kept.run === null) count += 1;
    }
    return count;
  }

  return {
    sweep,

    async create(context, { length, feed, mode, dryRun, fileName }) {
      if (length > maxFileBytes) return tooLarge(maxFileBytes);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await sweep();
      if ((await openOf(context)) >= mostOpen) {
        const text = `There are ${mostOpen} uploads open already; end or delete one of them.`;
        return failed('too-many-requests', text);
      }
      const kept: Kept = {
        id: randomId(),
        tenant: context.tenant,
        writer: context.writer,
        feed,
        ...(mode === undefined ? {} : { mode }),
        dryRun,
        fileName,
        length,
        expiresAt: new Date(clock.now().getTime() + lifeMs).toISOString(),
        run: null,
      };
      const failure = await orFull(async () => {
        await writeFile(bytesPath(kept.id), '', { mode: 0o600 });
        await keep(kept);
        return undefined;
      });
      return failure ?? ok(await shown(kept));
    },

    async look(context, id) {
      const kept = await found(context, id);
      return kept.ok ? ok(await shown(kept.value)) : kept;
    },

    async append(context, id, { offset, bytes, digest }) {
      const kept = await found(context, id);
      if (!kept.ok) return kept;
      if (busy.has(id)) return failed('conflict', 'A piece of this upload is on its way already; ask where it stands.');
      busy.add(id);
      try {
        const now = await shown(kept.value);
        if (now.offset !== offset) {
          return failed('conflict', `The next piece of this upload begins at ${now.offset}, not at ${offset}.`);
        }
        if (now.run !== null) return ok(now);
        const written = await write(bytesPath(id), { offset, bytes, left: now.length - offset, digest });
        if (written !== undefined) return written === 'mismatch' ? ok('mismatch') : written;
        const then = await shown(kept.value);
        return then.offset === then.length ? await submit(context, kept.value) : ok(then);
      } finally {
        busy.delete(id);
      }
    },

    async remove(context, id) {
      const kept = await found(context, id);
      if (!kept.ok) return kept;
      if (busy.has(id)) return failed('conflict', 'A piece of this upload is on its way; delete it afterwards.');
      await drop(id);
      return ok({ id });
    },
  };
}

/** Writes a piece behind what is there; what must not stay is cut off again. */
async function write(
  path: string,
  piece: { offset: number; bytes: AsyncIterable<Uint8Array>; left: number; digest: PieceDigest | undefined },
): Promise<Failed | 'mismatch' | undefined> {
  const { offset, bytes, left, digest } = piece;
  const hash = digest === undefined ? undefined : createHash(digest.algorithm);
  const file = await open(path, 'r+');
  let at = offset;
  let isKept = digest === undefined;
  try {
    const failure = await orFull(async () => {
      for await (const bit of bytes) {
        if (at - offset + bit.length > left)
          return failed('too-large', 'The piece goes beyond the length of the upload.');
        hash?.update(bit);
        // A disk that is nearly full takes a part.
        for (let done = 0; done < bit.length; ) {
          const { bytesWritten } = await file.write(bit, done, bit.length - done, at);
          done += bytesWritten;
          at += bytesWritten;
        }
      }
      return undefined;
    });
    if (failure !== undefined) {
      isKept = false;
      return failure;
    }
    isKept = hash === undefined || Buffer.compare(hash.digest(), digest?.digest ?? new Uint8Array()) === 0;
    return isKept ? undefined : 'mismatch';
  } finally {
    if (!isKept) await file.truncate(offset);
    await file.sync();
    await file.close();
  }
}

async function orFull(act: () => Promise<Failed | undefined>): Promise<Failed | undefined> {
  try {
    return (await act()) ?? undefined;
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOSPC') throw error;
    return failed(
      'storage-full',
      'The disk of the gateway is full; nothing of this piece was kept. Send it again later.',
    );
  }
}

function tooLarge(maxBytes: number): Failed {
  return failed('too-large', `The file is larger than ${maxBytes} bytes (setting MAX_IMPORT_BYTES).`);
}
