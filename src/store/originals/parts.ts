import type mongoose from 'mongoose';

/** The id of a stored part, or of a stored file. */
export type PartId = mongoose.mongo.ObjectId;

/** Whole records that stand one after the other in a part of a file: where, and what recognises each of them. */
export interface Passage {
  /** What decides beside the bytes which records they are; it must be the same where the passage is used again. */
  readonly name: string;
  /** Bytes from the beginning of the part. */
  readonly from: number;
  readonly to: number;
  /** Line feeds in it. */
  readonly lines: number;
  /** Where a reader stands in the order of a file behind it; its own number. */
  readonly rank: number;
  /** The hashes of the records in file order, 8 bytes each. */
  readonly hashes: Uint8Array;
}

/** A part of a file, as it is stored; parts of the same bytes that came in files of one feed are stored once. */
export interface FilePart {
  readonly id: PartId;
  readonly bytes: number;
  readonly pieces: readonly Uint8Array[];
  /** What is known of its records. */
  readonly passage: Passage | undefined;
}

/** What is known of the parts of a stored file, in its order. */
export interface PartList {
  readonly ids: readonly PartId[];
  readonly lengths: readonly number[];
  /** SHA-256 of each, 32 bytes, one behind the other. */
  readonly digests: Uint8Array;
  /** The first bytes of each, {@link headBytes}, one behind the other; a shorter part has zeros behind. */
  readonly heads: Uint8Array;
}

/** Bytes of a SHA-256, and of the beginning by which a part is found again. */
export const digestBytes = 32;
export const headBytes = 128;
/** Bytes of a part: at most, and where one is cut that is new. */
export const mostBytes = 1_048_576;
export const usualBytes = 524_288;

/** A file of no parts. */
export const noParts: PartList = { ids: [], lengths: [], digests: new Uint8Array(), heads: new Uint8Array() };
