/** The first lines of a defect's stack, trimmed; never its message, which may hold data. None for what is no error. */
export function framesOf(error: unknown, most: number): string[] {
  if (!(error instanceof Error)) return [];
  const { stack = '', message } = error;
  const lines = stack.replace(message, () => '').split('\n');
  const frames = lines.filter((line) => /^\s+at /.test(line)).slice(0, most);
  return frames.map((line) => line.trim());
}

/** Where a defect was, in one line; undefined for what is no error. */
export function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? framesOf(error, 5).join(' ') : undefined;
}
