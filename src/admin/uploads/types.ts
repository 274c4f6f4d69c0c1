import type { Result } from '../../base/result.ts';
import type { Context } from '../../roster/index.ts';
import type { RunRequest } from '../../sync/index.ts';

/** What an upload is for. */
export interface NewUpload extends Pick<RunRequest, 'feed' | 'mode' | 'dryRun' | 'fileName'> {
  /** Bytes of the whole file. */
  readonly length: number;
}

/** An upload in pieces, as it stands. */
export interface Upload extends NewUpload {
  readonly id: string;
  /** Bytes that are here; the next piece begins there. */
  readonly offset: number;
  /** ISO 8601; what is not whole by then is dropped. */
  readonly expiresAt: string;
  /** The run of the whole file; null until it is whole. */
  readonly run: string | null;
}

/** A digest of a piece, checked before it counts. */
export interface PieceDigest {
  readonly algorithm: 'md5' | 'sha1' | 'sha256';
  readonly digest: Uint8Array;
}

/** What became of a piece: `mismatch` says that nothing of it was kept. */
export type Appended = Upload | 'mismatch';

/**
 * Files that come in pieces over several requests. They lie in the gateway's own folder, survive its restart, and are its own:
 * of several gateways the one that began an upload goes on with it. Problem of all: unknown-object.
 */
export interface Uploads {
  /** Problems: too-large, storage-full. */
  create(context: Context, wanted: NewUpload): Promise<Result<Upload>>;
  look(context: Context, id: string): Promise<Result<Upload>>;
  /**
   * Adds a piece at an offset; the last one queues the run, and an empty one at the end tries that again. What came before a
   * connection broke is kept, unless a digest was to be checked. Problems: conflict (another offset, or a piece is on its way),
   * too-large, storage-full, and those of `Sync.submit`.
   */
  append(
    context: Context,
    id: string,
    piece: { readonly offset: number; readonly bytes: AsyncIterable<Uint8Array>; readonly digest?: PieceDigest },
  ): Promise<Result<Appended>>;
  remove(context: Context, id: string): Promise<Result<{ id: string }>>;
  /** Drops what was not whole in time. */
  sweep(): Promise<void>;
}
