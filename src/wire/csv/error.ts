/** A CSV text that cannot be read on; `line` counts from 1. */
export class CsvError extends Error {
  readonly code: 'unreadable-input' | 'too-large';
  readonly line: number;
  constructor(code: 'unreadable-input' | 'too-large', text: string, line: number) {
    super(text);
    this.name = 'CsvError';
    this.code = code;
    this.line = line;
  }
}
