export * from './decode.ts';
export * from './element.ts';
export * from './error.ts';
export * from './parse.ts';
export * from './reader.ts';
export * from './searchable.ts';
export * from './writer.ts';
