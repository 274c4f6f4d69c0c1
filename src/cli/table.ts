import { plain } from './terminal.ts';

/** A table in plain text: the first row is its head; numbers stand to the right. */
export function table(rows: readonly (readonly (string | number)[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, plain(String(cell)).length);
    });
  }
  return rows.map((row) =>
    row
      .map((cell, index) => {
        const text = plain(String(cell));
        const width = widths[index] ?? 0;
        const isNumeric = rows.slice(1).every((other) => typeof other[index] === 'number');
        return isNumeric ? text.padStart(width) : text.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}
