const fileTypes: ReadonlyMap<string, 'full' | 'delta' | 'event'> = new Map([
  ['full', 'full'],
  ['fullstendig', 'full'],
  ['komplett', 'full'],
  ['snapshot', 'full'],
  ['delta', 'delta'],
  ['endring', 'delta'],
  ['endringer', 'delta'],
  ['differanse', 'delta'],
  ['event', 'event'],
  ['melding', 'event'],
  ['hendelse', 'event'],
]);

/** What `properties/type` says of a file, in English or as PIFU has it; undefined for other words. */
export function fileTypeOf(word: string): 'full' | 'delta' | 'event' | undefined {
  return fileTypes.get(word);
}
