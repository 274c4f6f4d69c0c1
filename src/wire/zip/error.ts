/** A zip package that cannot or must not be read; `entry` names the file inside. */
export class ZipError extends Error {
  readonly code: 'unreadable-input' | 'forbidden-input' | 'too-large';
  readonly entry: string | undefined;
  constructor(code: 'unreadable-input' | 'forbidden-input' | 'too-large', text: string, entry?: string) {
    super(text);
    this.name = 'ZipError';
    this.code = code;
    this.entry = entry;
  }
}
