import type { NoticeKind } from '../../../base/problem.ts';

/** Elements that hold others which are read one by one. */
export type Container = 'enterprise' | 'membership';

/** What the stream finds, in order. Names are plain: without prefix, in small letters. */
export type Piece =
  | { readonly kind: 'open'; readonly container: Container; readonly tag: string; readonly line: number }
  | { readonly kind: 'close'; readonly container: Container; readonly line: number }
  | {
      /** A whole child of a container. `nested`: an element of the same name is inside. */
      readonly kind: 'part';
      readonly container: Container;
      readonly name: string;
      readonly text: string;
      /** The same as it stands in the file; good until more is pushed. */
      readonly bytes: Uint8Array;
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

/** Bounds of one record; its length and the beginning that is kept of what is longer are in bytes. */
export const recordLimits = { bytes: 1_048_576, elements: 20_000, depth: 64, head: 16_384 } as const;

/** Where the bytes come from that a stream cuts. */
export interface StreamSource {
  /** The text of bytes that were pushed. */
  text(bytes: Uint8Array, from: number, to: number): string;
  /**
   * Whether the bytes are a record that needs no look: asked of what a child of a container seems to be, up to the first
   * end tag of its name. The same bytes were a whole child of such a container before, or they are not known.
   */
  known(container: Container, name: string, bytes: Uint8Array, from: number, to: number): boolean;
  /**
   * Told where the stream stands between two children of the root element: bytes that come behind, and the line. False: it
   * is to be told of the next such place too, where known records are passed over otherwise.
   */
  between(behind: number, line: number): boolean;
}

/**
 * Cuts bytes that come in pieces into {@link Piece}s, in an encoding where ASCII is ASCII; memory stays below a record's
 * limit and the longest piece.
 */
export interface RecordStream {
  push(bytes: Uint8Array): void;
  /** Says that nothing more comes. */
  end(): void;
  /** The next piece, or undefined where more bytes are needed or all is read. Throws an `XmlError`. */
  next(): Piece | undefined;
  /** Whether it stands between two children of the root element, with all that was pushed behind it. */
  readonly isBetween: boolean;
  /** Says that whole children of the root element with so many line feeds follow that are not pushed. */
  skip(lines: number): void;
  /** The line in which the last byte that was pushed stands. */
  line(): number;
}
