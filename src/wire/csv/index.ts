export * from './error.ts';
export * from './fields.ts';
export * from './row-shelf.ts';
export * from './row-splitter.ts';
export * from './row-text.ts';
export * from './to-utf8.ts';
export * from './write-row.ts';
