import type { NoticeKind } from '../base/problem.ts';
import type { RosterType } from '../model/index.ts';
import type { EmailHolder, RemoveChange, WriteChange } from '../roster/index.ts';
import type { ListSettings } from './feeds/sections/list.ts';
import type { SnapshotSettings } from './feeds/sections/snapshot.ts';
import type { Mode, PackagedFile } from './run.ts';

export type { Mode };

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
  /** The settings of the feed for its protocol, where it has some; part of every hash. */
  readonly snapshot?: SnapshotSettings | null;
  readonly list?: ListSettings | null;
  /**
   * Persons who have one of some e-mails, given in lower case, by e-mail, each with its keys. Unset where it is not looked at: at
   * a feed's first run, of which a person reviews whom it means.
   */
  readonly holders?: (emails: readonly string[]) => Promise<ReadonlyMap<string, readonly EmailHolder[]>>;
  /** Folder for what must be put aside: a package that is read in another order than it comes. */
  readonly workFolder: string;
  readonly fingerprints: Fingerprints;
  /** What may be passed by without a look; only where the bytes are a stored file or on their way to be one. */
  readonly passages?: Passages;
}

/** Whole records that stand one after the other in a file. Offsets are bytes from its beginning. */
export interface KnownPassage {
  readonly from: number;
  readonly to: number;
  /** Line feeds in it. */
  readonly lines: number;
  /** The reader's own word for where it stood behind it. */
  readonly rank: number;
}

/**
 * Passages of a file that a reader may pass by, since the same bytes were read before, and those that it reads now, so that
 * they are known the next time. A passage stands in one part of the file; a reader tells where it stands between records.
 */
export interface Passages {
  /** Where the part ends whose bytes come now. */
  partEnd(): number;
  /** The known passage of that part, if it begins at an offset or behind it. */
  from(offset: number): KnownPassage | undefined;
  /** Whether all its records stand in the store as the bytes say; they are counted as unchanged and marked as seen then. */
  pass(passage: KnownPassage): boolean;
  /**
   * The reader stands between two records, where it depends on nothing else that came before than the rank. False: it asks to
   * be told of the next such place, where places are passed over otherwise.
   */
  between(offset: number, line: number, rank: number): boolean;
  /** Something else was found than records that will be known by their hash. */
  other(): void;
}

/** Where records of one container begin to be hashed; see {@link Fingerprints.container}. */
export type Seed = bigint;

/** Recognises records by their bytes before they are parsed (decisions 4.2). */
export interface Fingerprints {
  /** The seed of what holds the records: a member's group, a CSV file and its header; '' for none. */
  container(key: string): Seed;
  /**
   * Hashes the bytes of a record. True: the record stands in the store as these bytes say; it is counted as unchanged
   * and marked as seen, and the reader passes it by. False: the reader builds it and gives it with {@link hash}.
   */
  known(type: RosterType, seed: Seed, bytes: Uint8Array, from: number, to: number): boolean;
  /** The hash of the record that {@link known} was last asked about: 16 hexadecimal digits. */
  hash(): string;
}

/** What a file can be complete in: types, and of groups their kinds. */
export type Scope = RosterType | 'org' | 'course' | 'class' | 'session';

/** What a reader finds, in file order. Lines count from 1. */
export type FeedItem =
  | { readonly kind: 'properties'; readonly fileType?: 'full' | 'delta' | 'event'; readonly line: number }
  /**
   * The file says by itself what it is complete in (OneRoster CSV: bulk files, decisions 4.1); what is missing of these
   * is removed. Comes before all records; without it the run's mode decides.
   */
  | { readonly kind: 'complete'; readonly scopes: readonly Scope[] }
  /** A file of a package, when it has been read to its end or refused. */
  | { readonly kind: 'packaged'; readonly file: PackagedFile }
  /** A record as a change: a write, or a removal by recstatus 3. `renamedFrom` is its old key (sourcedidtype Old). */
  | {
      readonly kind: 'record';
      readonly type: RosterType;
      readonly hash: string;
      readonly line: number;
      /** The file of a package. */
      readonly file?: string;
      /** The id for people. */
      readonly id: string;
      readonly change: WriteChange | RemoveChange;
      readonly renamedFrom?: string;
      /** One of several records of the file that may make one between them: a OneRoster enrollment is one role of a membership. */
      readonly part?: true;
    }
  /** A group whose members this file lists (for groups-complete), by key. */
  | { readonly kind: 'listed-group'; readonly key: string; readonly line: number }
  /**
   * A record that cannot be used; `key` protects what it means in the store (`feeds.md` 0.3), or `keys`, where it may mean one
   * of several. `withMemberships`: a person's row says who is a member too, so that the feed's memberships of the person stay.
   */
  | {
      readonly kind: 'rejected';
      readonly type: RosterType;
      readonly key?: string;
      readonly keys?: readonly string[];
      readonly withMemberships?: true;
      readonly line: number;
      readonly file?: string;
      readonly field?: string;
      readonly id?: string;
      readonly notice: NoticeKind;
      readonly text: string;
    }
  /** A record that the file speaks of without saying what it is: what it means in the store stays (`feeds.md` 0.3). */
  | { readonly kind: 'present'; readonly type: RosterType; readonly key: string }
  /** A repair or remark; `type` where it belongs to a record that is used, `rows` where it speaks of so many rows. */
  | {
      readonly kind: 'notice';
      readonly notice: NoticeKind;
      readonly rows?: number;
      readonly line: number;
      readonly file?: string;
      readonly field?: string;
      readonly type?: RosterType;
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
  /** Whether it gives what it finds as the bytes come, and puts nothing aside. */
  readonly streams?: true;
  read(bytes: AsyncIterable<Uint8Array>, options: ReadOptions): AsyncGenerator<readonly FeedItem[]>;
}

/** The file cannot be read as its format at all; nothing of it is applied. */
export class UnreadableFile extends Error {
  readonly code: 'unreadable-input' | 'forbidden-input' | 'too-large';
  readonly line: number | undefined;
  /** The file of a package. */
  readonly file: string | undefined;
  constructor(code: 'unreadable-input' | 'forbidden-input' | 'too-large', text: string, line?: number, file?: string) {
    super(text);
    this.code = code;
    this.line = line;
    this.file = file;
  }
}
