/** A file that cannot or must not be opened. `conflict`: by what is set for it, not by what it is. */
export class OpeningError extends Error {
  readonly code: 'unreadable-input' | 'forbidden-input' | 'too-large' | 'conflict';
  constructor(code: OpeningError['code'], text: string) {
    super(text);
    this.name = 'OpeningError';
    this.code = code;
  }
}
