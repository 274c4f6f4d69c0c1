export * from './push.ts';
export * from './reader.ts';
