/** What is wrong with an XML text; each is also a problem code of `base`. */
export type XmlErrorCode = 'unreadable-input' | 'forbidden-input' | 'too-large';

/** XML that cannot or must not be read. `line` counts from 1; `offset` counts bytes from 0 (wrong encoding only). */
export class XmlError extends Error {
  readonly code: XmlErrorCode;
  readonly line: number | undefined;
  readonly offset: number | undefined;
  constructor(code: XmlErrorCode, text: string, place: { line?: number; offset?: number } = {}) {
    super(text);
    this.name = 'XmlError';
    this.code = code;
    this.line = place.line;
    this.offset = place.offset;
  }
}
