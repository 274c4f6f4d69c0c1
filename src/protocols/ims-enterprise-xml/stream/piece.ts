import type { NoticeKind } from '../../../base/problem.ts';

/** Elements that hold others which are read one by one. */
export type Container = 'enterprise' | 'membership';

/** What the stream finds, in order. Names are plain: without prefix, in small letters. */
export type Piece =
  | { readonly kind: 'open'; readonly container: Container; readonly tag: string; readonly line: number }
  | { readonly kind: 'close'; readonly container: Container; readonly line: number }
  | {
      /** A whole child of a container as text. `nested`: an element of the same name is inside. */
      readonly kind: 'part';
      readonly container: Container;
      readonly name: string;
      readonly text: string;
      readonly line: number;
      readonly nested: boolean;
    }
  | {
      /** A child beyond the limits; `text` is only its beginning. */
      readonly kind: 'oversize';
      readonly container: Container;
      readonly name: string;
      readonly text: string;
      readonly why: string;
      readonly line: number;
    }
  | { readonly kind: 'notice'; readonly notice: NoticeKind; readonly text: string; readonly line: number };

/** Bounds of one record. */
export const recordLimits = { characters: 1_048_576, elements: 20_000, depth: 64, head: 16_384 } as const;

/** Cuts a text that comes in pieces into {@link Piece}s; memory stays below a record's limit and the longest piece. */
export interface RecordStream {
  push(text: string): void;
  /** Says that no more text comes. */
  end(): void;
  /** The next piece, or undefined where more text is needed or all is read. Throws an `XmlError`. */
  next(): Piece | undefined;
}
