type Fields = Record<string, unknown>;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** Data for the eyes of people: every value that stands under the name `password`, at any depth, is `***`. */
export function masked<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item) => masked(item)) as T;
  if (!isObject(value)) return value;
  const result: Fields = {};
  for (const [name, child] of Object.entries(value)) {
    result[name] = isPassword(name) && typeof child === 'string' ? '***' : masked(child);
  }
  return result as T;
}

const isPassword = (name: string) => name.length === 8 && name.toLowerCase() === 'password';
