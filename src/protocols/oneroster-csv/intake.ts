import type { NoticeKind } from '../../base/problem.ts';
import type { RosterType } from '../../model/index.ts';
import type { FeedItem, PackagedFile, ReadOptions } from '../../sync/index.ts';

/** What is counted of one file of a package, for its `packaged` item. */
export interface FileTally {
  readonly name: string;
  records: number;
  rejected: number;
  /** Of a bulk file, what its size is compared by. */
  readonly whole?: NonNullable<PackagedFile['whole']>;
}

/** A remark with its place. */
export interface Remark {
  readonly notice: NoticeKind;
  readonly text: string;
  readonly file: string;
  readonly line: number;
  readonly field?: string | undefined;
  readonly type?: RosterType | undefined;
  readonly id?: string | undefined;
}

/** A record that cannot be used. */
export interface Rejection extends Remark {
  readonly type: RosterType;
  readonly key?: string | undefined;
}

/** Where the parts of the reader put what they find. */
export interface Intake {
  readonly options: ReadOptions;
  readonly items: FeedItem[];
  notice(remark: Remark): void;
  reject(rejection: Rejection, tally: FileTally): void;
  /** A file of the package is done with; what was remarked on it follows the comment. */
  packaged(file: FileTally, imported: boolean, comment: string): void;
  /** Whether a file has its `packaged` item already. */
  isPackaged(name: string): boolean;
}

/** Makes an {@link Intake}. */
export function makeIntake(options: ReadOptions): Intake {
  const items: FeedItem[] = [];
  const done = new Set<string>();
  const said = new Map<string, Map<string, { count: number; first: string }>>();

  /** Keeps the first remark of each kind on a file, for its comment. */
  const keep = ({ file, notice, line, id, text }: Remark): void => {
    const kinds = said.get(file) ?? new Map<string, { count: number; first: string }>();
    said.set(file, kinds);
    const there = kinds.get(notice);
    if (there !== undefined) there.count += 1;
    else kinds.set(notice, { count: 1, first: `line ${line}${id === undefined ? '' : ` (${id})`}: ${text}` });
  };

  const commentOn = (name: string, comment: string): string => {
    const remarks = [...(said.get(name) ?? [])].map(([notice, { count, first }]) => {
      return `${notice}${count === 1 ? '' : ` (${count} times)`}, ${first}`;
    });
    return [comment, ...remarks].filter((part) => part !== '').join('; ');
  };

  return {
    options,
    items,
    notice(remark) {
      keep(remark);
      items.push({ kind: 'notice', ...placed(remark) });
    },
    reject({ key, type, ...remark }, tally) {
      tally.rejected += 1;
      keep(remark);
      items.push({ kind: 'rejected', ...placed(remark), type, ...(key !== undefined && { key }) });
    },
    packaged({ name, ...tally }, imported, comment) {
      done.add(name);
      items.push({ kind: 'packaged', file: { name, imported, ...tally, comment: commentOn(name, comment) } });
    },
    isPackaged: (name) => done.has(name),
  };
}

/** The fields of a remark that are there. */
function placed({ notice, text, file, line, field, type, id }: Remark) {
  return {
    notice,
    text,
    line,
    ...(file !== '' && { file }),
    ...(field !== undefined && { field }),
    ...(type !== undefined && { type }),
    ...(id !== undefined && { id }),
  };
}
