import type { NoticeKind } from '../base/problem.ts';
import type { RecordType } from '../model/index.ts';
import type { RemoveChange, WriteChange } from '../roster/index.ts';

/** The three meanings of a file (decisions 4.1). */
export type Mode = 'changes' | 'groups-complete' | 'full';

/** What a reader is told. */
export interface ReadOptions {
  /** The file's name, for problems. */
  readonly file: string;
  /** Namespace of the ids in the file. */
  readonly namespace: string;
  /** Whether a sourcedid's source is part of the key (decisions 1.4). */
  readonly sourceInKey: boolean;
  /** Time zone for times without one. */
  readonly timeZone: string;
  readonly mode: Mode;
  /** Hashes a record: 16 hexadecimal digits over feed, container, versions and text (decisions 4.2). */
  hash(container: string, text: string): string;
  /** Whether a record of this hash is known to stand in the store unchanged; then the reader need not build it. */
  unchanged(hash: string): boolean;
}

/** What a reader finds, in file order. Lines count from 1. */
export type FeedItem =
  | { readonly kind: 'properties'; readonly fileType?: 'full' | 'delta' | 'event'; readonly line: number }
  /** A record whose hash `unchanged` knew. */
  | { readonly kind: 'unchanged'; readonly type: RecordType; readonly hash: string; readonly line: number }
  /** A record as a change: a write, or a removal by recstatus 3. `renamedFrom` is its old key (sourcedidtype Old). */
  | {
      readonly kind: 'record';
      readonly type: RecordType;
      readonly hash: string;
      readonly line: number;
      /** The id for people. */
      readonly id: string;
      readonly change: WriteChange | RemoveChange;
      readonly renamedFrom?: string;
    }
  /** A group whose members this file lists (for groups-complete), by key. */
  | { readonly kind: 'listed-group'; readonly key: string; readonly line: number }
  /** A record that cannot be used; `key` protects what it means in the store (`feeds.md` 0.3). */
  | {
      readonly kind: 'rejected';
      readonly type: RecordType;
      readonly key?: string;
      readonly line: number;
      readonly id?: string;
      readonly notice: NoticeKind;
      readonly text: string;
    }
  /** A repair or remark; `type` where it belongs to a record that is used. */
  | {
      readonly kind: 'notice';
      readonly notice: NoticeKind;
      readonly line: number;
      readonly type?: RecordType;
      readonly id?: string;
      readonly text: string;
    };

/**
 * Reads one protocol's files. A generator of batches, so that memory stays flat; a file that is not of the format at
 * all ends the stream with an error of class `UnreadableFile`.
 */
export interface FeedReader {
  readonly protocol: string;
  /** Changes whenever the same bytes would give other records; part of every hash. */
  readonly version: string;
  read(bytes: AsyncIterable<Uint8Array>, options: ReadOptions): AsyncGenerator<readonly FeedItem[]>;
}

/** The file cannot be read as its format at all; nothing of it is applied. */
export class UnreadableFile extends Error {
  readonly code: 'unreadable-input' | 'forbidden-input' | 'too-large';
  readonly line: number | undefined;
  constructor(code: 'unreadable-input' | 'forbidden-input' | 'too-large', text: string, line?: number) {
    super(text);
    this.code = code;
    this.line = line;
  }
}
