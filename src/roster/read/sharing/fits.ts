/** Whether a rule lets values through: those of the first list that has any. A class without any goes by those of its course. */
export function fits(rule: readonly string[] | undefined, values: readonly (readonly string[] | undefined)[]): boolean {
  if (rule === undefined) return true;
  const own = values.find((list) => list !== undefined && list.length > 0) ?? [];
  return own.some((value) => rule.includes(value));
}
